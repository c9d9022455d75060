import Foundation
import Testing

@testable import HTTPServer

@Suite struct CompressionTests {
    @Test(arguments: [
        ("gzip", true), ("deflate, gzip;q=0.5, *;q=0", true), ("GZIP", true), ("*", true), ("br;q=1, *;q=0.1", true),
        ("", false), ("identity", false), ("gzip;q=0", false), ("gzip; q=0.000", false), ("*;q=0", false),
        ("gzip;q=0, *", false), ("xgzip", false),
    ])
    func readsAcceptEncoding(_ field: String, _ allows: Bool) {
        #expect(AcceptEncoding.allowsGzip(["Accept-Encoding": field]) == allows)
    }

    @Test func compressesWhatIsWorthIt() throws {
        let text = Array(String(repeating: "all work and no play ", count: 500).utf8)
        let request = Request(method: .get, path: "/", headers: ["Accept-Encoding": "gzip"])
        let response = Response(headers: ["Content-Type": "application/json", "ETag": "\"1\""], body: .bytes(text))
        let compressed = Compression().compress(response, for: request)
        guard case .bytes(let bytes) = compressed.body else { return }
        #expect(bytes.count < text.count / 10)
        #expect(try gunzip(bytes) == text)
        #expect(compressed.headers["Content-Encoding"] == "gzip")
        #expect(compressed.headers["Vary"] == "Accept-Encoding")
        #expect(compressed.headers["ETag"] == "W/\"1\"")
    }

    @Test func leavesTheRestAlone() {
        let long = [UInt8](repeating: 0x61, count: 5000)
        let willing = Request(method: .get, path: "/", headers: ["Accept-Encoding": "gzip"])
        func encoding(_ response: Response, _ request: Request? = nil) -> String? {
            Compression().compress(response, for: request ?? willing).headers["Content-Encoding"]
        }
        #expect(encoding(Response(headers: ["Content-Type": "text/plain"], body: .bytes([0x61]))) == nil)
        #expect(encoding(Response(headers: ["Content-Type": "image/png"], body: .bytes(long))) == nil)
        #expect(encoding(Response(status: 206, headers: ["Content-Type": "text/plain"], body: .bytes(long))) == nil)
        #expect(encoding(Response(body: .bytes(long))) == nil)
        let already: Headers = ["Content-Type": "text/plain", "Content-Encoding": "br"]
        #expect(encoding(Response(headers: already, body: .bytes(long))) == "br")
        let unwilling = Request(method: .get, path: "/")
        let plain = Compression().compress(
            Response(headers: ["Content-Type": "text/plain"], body: .bytes(long)), for: unwilling)
        #expect(plain.headers["Content-Encoding"] == nil)
        #expect(plain.headers["Vary"] == "Accept-Encoding")
    }

    /// Another program's opinion.
    private func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appending(path: "gzip-\(UUID())")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc"]
        process.standardInput = try FileHandle(forReadingFrom: file)
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        return Array(output.fileHandleForReading.readDataToEndOfFile())
    }
}
