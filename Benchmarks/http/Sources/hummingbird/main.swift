import Foundation
import Hummingbird
import Logging

/// usage: hummingbird <port>
let router = Router()
router.get("/small") { _, _ in "hello" }
router.post("/json") { request, _ -> String in
    let body = try await request.body.collect(upTo: 64 << 10)
    let job = try JSONDecoder().decode(Job.self, from: Data(buffer: body))
    return "\(job.tests.count)"
}

var logger = Logger(label: "hummingbird")
logger.logLevel = .error
let application = Application(
    router: router,
    configuration: .init(address: .hostname("127.0.0.1", port: Int(CommandLine.arguments[1]) ?? 0)), logger: logger)
try await application.runService()
