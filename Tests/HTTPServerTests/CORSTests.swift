import Testing

@testable import HTTPServer

@Suite struct CORSTests {
    private func answer(_ cors: CORS, _ method: Method, _ headers: Headers) async -> Headers {
        var router = testRouter()
        router.use(cors.middleware)
        return await router.respond(to: Request(method: method, path: "/", headers: headers)).headers
    }

    private let some = CORS(origins: .only(["https://a.example"]))

    @Test func letsListedOriginsRead() async {
        let headers = await answer(some, .get, ["Origin": "https://a.example"])
        #expect(headers["Access-Control-Allow-Origin"] == "https://a.example")
        #expect(headers["Access-Control-Expose-Headers"]?.contains("Retry-After") == true)
        #expect(headers["Vary"] == "Origin")
    }

    @Test(arguments: ["https://b.example", "null", "http://a.example", "https://a.example.b", "https://a.example:1"])
    func tellsOthersNothing(_ origin: String) async {
        let headers = await answer(some, .get, ["Origin": origin])
        #expect(headers["Access-Control-Allow-Origin"] == nil)
        #expect(headers["Vary"] == "Origin")
    }

    @Test func answersPreflights() async {
        let asked: Headers = ["Origin": "https://a.example", "Access-Control-Request-Method": "GET"]
        let headers = await answer(some, .options, asked)
        #expect(headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS")
        #expect(headers["Access-Control-Allow-Headers"]?.contains("Authorization") == true)
        #expect(headers["Access-Control-Max-Age"] == "600")
        let other: Headers = ["Origin": "https://b.example", "Access-Control-Request-Method": "GET"]
        #expect(await answer(some, .options, other)["Access-Control-Allow-Methods"] == nil)
    }

    @Test func letsEverybodyReadIfAsked() async {
        let headers = await answer(CORS(origins: .any), .get, ["Origin": "https://b.example"])
        #expect(headers["Access-Control-Allow-Origin"] == "*")
        #expect(headers["Access-Control-Allow-Credentials"] == nil)
    }

    @Test func staysOutOfOtherRequests() async {
        #expect(await answer(some, .get, [:])["Access-Control-Allow-Origin"] == nil)
    }
}
