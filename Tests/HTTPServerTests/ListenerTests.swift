import Foundation
import Glibc
import Testing

@testable import HTTPServer

@Suite struct ListenerTests {
    /// Variables as a service manager sets them. Its descriptor 3 is this process's own, so the socket is another.
    @Test func takesOverActivatedSockets() async {
        await #expect(processExitsWith: .success) {
            let made = try Listener.open(.tcp(host: "127.0.0.1", port: 0), configuration: ServerConfiguration())
            let listener = try #require(made.first)
            setenv("LISTEN_PID", "\(getpid())", 1)
            setenv("LISTEN_FDS", "1", 1)
            setenv("LISTEN_FDNAMES", "web", 1)
            #expect(throws: ServerError.notActivated(name: "other")) { try Listener.adopt("other") }
            let adopted = try Listener.adopt("web", first: listener.descriptor)
            #expect(adopted.map(\.address) == [listener.address])
            #expect(adopted.map(\.isOwn) == [false])
            #expect(fcntl(listener.descriptor, F_GETFD) & FD_CLOEXEC != 0)
            #expect(try Listener.adopt(nil, first: listener.descriptor).count == 1)
            setenv("LISTEN_PID", "1", 1)
            #expect(throws: ServerError.notActivated(name: nil)) { try Listener.adopt(nil) }
        }
    }

    @Test func replacesAStaleSocketButNoFile() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "listen-\(UUID())")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "socket").path
        let configuration = ServerConfiguration()
        let first = try Listener.open(.unix(path: path), configuration: configuration)
        // What a killed server leaves.
        first.forEach { Glibc.close($0.descriptor) }
        let second = try Listener.open(.unix(path: path, mode: 0o600), configuration: configuration)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        second.forEach { $0.close() }
        #expect(!FileManager.default.fileExists(atPath: path))
        try "precious".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: ServerError.notASocket(path: path)) {
            try Listener.open(.unix(path: path), configuration: configuration)
        }
        let long = "/tmp/" + String(repeating: "a", count: 200)
        #expect(throws: ServerError.pathTooLong(long)) {
            try Listener.open(.unix(path: long), configuration: configuration)
        }
        #expect(throws: ServerError.unknownHost("no such host")) {
            try Listener.open(.tcp(host: "no such host", port: 0), configuration: configuration)
        }
    }
}
