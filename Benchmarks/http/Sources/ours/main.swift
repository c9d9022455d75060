import Foundation
import HTTPServer
import JSONDecoding
import Logging

/// usage: ours <port>
var configuration = ServerConfiguration()
configuration.addresses = [.tcp(host: "127.0.0.1", port: Int(CommandLine.arguments[1]) ?? 0)]
configuration.maximumConnectionsPerAddress = 4096
configuration.sendsRequestID = false
configuration.accessLogLevel = nil
if let threads = ProcessInfo.processInfo.environment["THREADS"].flatMap({ Int($0) }) { configuration.threads = threads }

var router = Router { _, _ in Response(status: .notFound) }
router.on(.get, "/small") { _ in .text("hello") }
router.on(.post, "/json") { request in
    guard let job = try? JSONDocument(parsing: request.body).decode(Job.self) else {
        return Response(status: .badRequest)
    }
    return .text("\(job.tests.count)")
}
// With the decoder that the other server has, to tell the server's share from the decoder's.
router.on(.post, "/json-foundation") { request in
    guard let job = try? JSONDecoder().decode(Job.self, from: Data(request.body)) else {
        return Response(status: .badRequest)
    }
    return .text("\(job.tests.count)")
}
router.on(.get, "/wait") { _ in
    try? await Task.sleep(for: .seconds(25))
    return Response(status: .noContent)
}

let server = HTTPServer(configuration: configuration, responder: router, logger: Logger(label: "ours"))
try server.start()
await server.run()
