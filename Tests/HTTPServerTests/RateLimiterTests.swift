import Testing

@testable import HTTPServer

@Suite struct RateLimiterTests {
    private func instant(_ milliseconds: UInt64) -> Instant { Instant(nanoseconds: 1_000_000 * (1000 + milliseconds)) }

    @Test func allowsABurstAndThenARate() {
        let limiter = RateLimiter(RateLimiter.Configuration(burst: 3, perSecond: 2))
        for remaining in [2, 1, 0] {
            let decision = limiter.take("a", at: instant(0))
            #expect(decision.isAllowed)
            #expect(decision.remaining == remaining)
        }
        let refused = limiter.take("a", at: instant(0))
        #expect(!refused.isAllowed)
        #expect(refused.retryAfter == .milliseconds(500))
        #expect(refused.reset == .milliseconds(1500))
        #expect(!limiter.take("a", at: instant(499)).isAllowed)
        #expect(limiter.take("a", at: instant(500)).isAllowed)
        #expect(!limiter.take("a", at: instant(500)).isAllowed)
    }

    @Test func tellsKeysApart() {
        let limiter = RateLimiter(RateLimiter.Configuration(burst: 1, perSecond: 1))
        #expect(limiter.take("a", at: instant(0)).isAllowed)
        #expect(limiter.take("b", at: instant(0)).isAllowed)
        #expect(!limiter.take("a", at: instant(0)).isAllowed)
    }

    @Test func saturates() {
        let limiter = RateLimiter(RateLimiter.Configuration(burst: 2, perSecond: 100))
        _ = limiter.take("a", at: instant(0))
        #expect(limiter.take("a", at: instant(1_000_000)).remaining == 1)
    }

    /// Many keys cost no more memory than allowed, and no key gets a fresh bucket by being one of many.
    @Test func isBounded() {
        let limiter = RateLimiter(RateLimiter.Configuration(burst: 2, perSecond: 0.001, maximumKeys: 10))
        var allowed = 0
        for round in 0..<5 {
            for key in 0..<100 where limiter.take("\(key)", at: instant(UInt64(round))).isAllowed { allowed += 1 }
        }
        #expect(limiter.keyCount == 10)
        #expect(allowed == 10 * 2 + 2)
        // When their buckets are full again, others take their place.
        #expect(limiter.take("new", at: instant(10_000_000)).isAllowed)
        #expect(limiter.keyCount == 1)
    }

    @Test func answersOneTooMany() async {
        let limiter = RateLimiter(RateLimiter.Configuration(burst: 1, perSecond: 0.5))
        var router = testRouter()
        router.use(
            limiter.middleware(key: { $0.path == "/free" ? nil : $0.remoteAddress }) { _ in
                Response(status: .tooManyRequests)
            })
        func ask(_ path: String) async -> Response {
            await router.respond(to: Request(method: .get, path: path, remoteAddress: "a"))
        }
        let first = await ask("/")
        #expect(first.status == .ok)
        #expect(first.headers["RateLimit-Limit"] == "1")
        #expect(first.headers["RateLimit-Remaining"] == "0")
        let second = await ask("/")
        #expect(second.status == .tooManyRequests)
        #expect(second.headers["Retry-After"] == "2")
        #expect(await ask("/free").headers["RateLimit-Limit"] == nil)
    }
}

@Suite struct AuthorizationTests {
    @Test(arguments: [
        ("Bearer abc", "abc"), ("bearer abc", "abc"), ("Bearer   abc", "abc"), ("Bearer a-b._~+/=", "a-b._~+/="),
        ("Bearer", nil), ("Bearer ", nil), ("Bearer a b", nil), ("Basic abc", nil), ("abc", nil), ("Bearer a\"b", nil),
        ("Bearer é", nil), ("", nil),
    ])
    func readsBearerTokens(_ field: String, _ token: String?) {
        #expect(Request(method: .get, path: "/", headers: ["Authorization": field]).bearerToken == token)
    }

    @Test func refusesTwoAndLongOnes() {
        let two: Headers = ["Authorization": "Bearer a", "authorization": "Bearer a"]
        #expect(Request(method: .get, path: "/", headers: two).bearerToken == nil)
        let long: Headers = ["Authorization": "Bearer " + String(repeating: "a", count: 1025)]
        #expect(Request(method: .get, path: "/", headers: long).bearerToken == nil)
    }
}
