import Foundation
import Testing

@testable import HTTPServer

@Suite struct StaticFilesTests {
    private let directory: URL
    private let files: StaticFiles

    init() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID())")
        self.directory = directory
        let root = directory.appending(path: "root")
        try FileManager.default.createDirectory(at: root.appending(path: "sub"), withIntermediateDirectories: true)
        func write(_ path: String, _ data: Data) throws { try data.write(to: directory.appending(path: path)) }
        try write("secret.txt", Data("secret".utf8))
        try write("root/index.html", Data("<p>index</p>".utf8))
        try write("root/sub/index.html", Data("<p>sub</p>".utf8))
        try write("root/digits.txt", Data("0123456789".utf8))
        try write("root/app.js", Data("plain".utf8))
        try write("root/app.js.gz", Data("compressed".utf8))
        try write("root/.hidden", Data("hidden".utf8))
        try write("root/large.bin", Data(repeating: 0x61, count: 3_000_000))
        try FileManager.default.createSymbolicLink(
            at: root.appending(path: "link.txt"), withDestinationURL: directory.appending(path: "secret.txt"))
        try FileManager.default.createSymbolicLink(
            at: root.appending(path: "up"), withDestinationURL: directory)
        mkfifo(root.appending(path: "pipe").path, 0o600)
        files = try StaticFiles(directory: root.path)
    }

    private func answer(_ path: String, _ headers: Headers = Headers(), _ method: Method = .get) async throws
        -> Response?
    {
        defer { try? FileManager.default.removeItem(at: directory) }
        return files.response(to: Request(method: method, path: "/" + path, headers: headers), path: path)
    }

    private func text(_ response: Response?) async throws -> String? {
        switch response?.body {
        case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .stream(let body):
            let collector = Collector()
            try await body(collector)
            return String(decoding: collector.bytes, as: UTF8.self)
        case .empty: return ""
        case nil: return nil
        }
    }

    @Test(arguments: [
        ("digits.txt", "0123456789"), ("", "<p>index</p>"), ("index.html", "<p>index</p>"), ("sub/", "<p>sub</p>"),
        ("app.js", "plain"),
    ])
    func servesFiles(_ path: String, _ text: String) async throws {
        #expect(try await self.text(answer(path)) == text)
    }

    @Test(arguments: [
        "none", "../secret.txt", "sub/../../secret.txt", "link.txt", "up/secret.txt", ".hidden", "sub/.", "sub/..",
        "pipe",
        "sub", "/../secret.txt", "digits.txt/", "digits.txt/x", "index.html\u{0}.txt", "sub//../../secret.txt",
    ])
    func servesNothingElse(_ path: String) async throws {
        #expect(try await answer(path) == nil)
    }

    @Test(arguments: [
        ("bytes=0-3", 206, "0123", "bytes 0-3/10"), ("bytes=4-", 206, "456789", "bytes 4-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"), ("bytes=0-0", 206, "0", "bytes 0-0/10"),
        ("bytes=9-99", 206, "9", "bytes 9-9/10"), ("bytes=-99", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, "", "bytes */10"), ("bytes=-0", 416, "", "bytes */10"),
        ("bytes=99999999999999999999-", 416, "", "bytes */10"),
        ("bytes=0-9223372036854775807", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=0-1,3-4", 200, "0123456789", nil), ("bytes=3-1", 200, "0123456789", nil),
        ("bytes=a-b", 200, "0123456789", nil), ("bytes=-", 200, "0123456789", nil),
        ("lines=0-1", 200, "0123456789", nil),
        ("bytes=--1", 200, "0123456789", nil), ("bytes=+1-2", 200, "0123456789", nil),
    ])
    func servesRanges(_ range: String, _ status: Int, _ text: String, _ contentRange: String?) async throws {
        let response = try await answer("digits.txt", ["Range": range])
        #expect(response?.status.code == status)
        #expect(response?.headers["Content-Range"] == contentRange)
        #expect(try await self.text(response) == text)
    }

    @Test func streamsLargeFiles() async throws {
        let response = try await answer("large.bin")
        let whole = try #require(response)
        guard case .stream(let body) = whole.body else {
            Issue.record("not streamed")
            return
        }
        let collector = Collector()
        try await body(collector)
        #expect(collector.bytes.count == 3_000_000)
        #expect(collector.bytes == [UInt8](repeating: 0x61, count: 3_000_000))
        #expect(collector.largest <= 128 << 10)
    }

    @Test func knowsWhatTheClientHas() throws {
        func ask(_ headers: Headers) -> Response? {
            files.response(to: Request(method: .get, path: "/digits.txt", headers: headers), path: "digits.txt")
        }
        defer { try? FileManager.default.removeItem(at: directory) }
        let tag = try #require(ask([:])?.headers["ETag"])
        let date = try #require(ask([:])?.headers["Last-Modified"])
        #expect(ask(["If-None-Match": tag])?.status == .notModified)
        #expect(ask(["If-None-Match": "\"x\", W/\(tag)"])?.status == .notModified)
        #expect(ask(["If-None-Match": "*"])?.status == .notModified)
        #expect(ask(["If-None-Match": "\"x\"", "If-Modified-Since": date])?.status == .ok)
        #expect(ask(["If-Modified-Since": date])?.status == .notModified)
        #expect(ask(["Range": "bytes=0-1", "If-Range": tag])?.status == .partialContent)
        #expect(ask(["Range": "bytes=0-1", "If-Range": "\"x\""])?.status == .ok)
    }

    @Test func prefersACompressedFile() async throws {
        let response = try await answer("app.js", ["Accept-Encoding": "gzip"])
        #expect(try await text(response) == "compressed")
        #expect(response?.headers["Content-Encoding"] == "gzip")
        #expect(response?.headers["Vary"] == "Accept-Encoding")
        #expect(response?.headers["Content-Type"] == "text/javascript; charset=utf-8")
    }

    @Test func takesNoOtherMethod() async throws {
        #expect(try await answer("digits.txt", [:], .post)?.status == .methodNotAllowed)
    }
}

/// Keeps what is written.
final class Collector: BodyWriter, @unchecked Sendable {
    // Used by one task at a time.
    private(set) var bytes: [UInt8] = []
    private(set) var largest = 0

    func write(_ bytes: [UInt8]) async throws {
        self.bytes += bytes
        largest = max(largest, bytes.count)
    }
}
