import Core
import Foundation
import Storage
import Testing

/// The program `storage-writer`, running.
final class Writer {
    typealias Acknowledgement = (what: String, id: SubmissionID)

    private let process = Process()
    private let output = Pipe()
    private var text: [UInt8] = []

    init(database: String) throws {
        process.executableURL = productsDirectory.appendingPathComponent("storage-writer")
        process.arguments = [database]
        process.standardOutput = output
        try process.run()
    }

    /// Returns when it has printed so many lines in all.
    func waitFor(lines: Int) throws {
        while text.count(where: { $0 == UInt8(ascii: "\n") }) < lines {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { return }
            text += more
        }
    }

    /// Kills it with SIGKILL once it has printed so many lines; gives back everything that it acknowledged.
    func killAfter(lines: Int) throws -> [Acknowledgement] {
        try waitFor(lines: lines)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        text += output.fileHandleForReading.readDataToEndOfFile()
        #expect(process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
        return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            #expect(words.first != "failed", "\(line)")
            guard words.count == 2, let id = SubmissionID(words[1]) else { return nil }
            return (String(words[0]), id)
        }
    }

    /// Where the built programs lie: beside this test.
    private var productsDirectory: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    }
}

extension Store {
    /// Nothing that was acknowledged is gone, and the sums are right.
    func expectAll(_ acknowledged: [Writer.Acknowledgement]) async throws {
        for (what, id) in acknowledged {
            let status = try await submission(id)?.state.status
            #expect(status != nil, "\(id) was acknowledged and is gone")
            if what == "finished" { #expect(status == .finished, "\(id)'s report was acknowledged") }
        }
        let statistics = try await queueStatistics()
        let list = try await all()
        for status in SubmissionStatus.allCases {
            #expect(statistics[status] == list.count { $0.status == status })
        }
    }

    /// Every submission, page by page.
    func all() async throws -> [SubmissionSummary] {
        var (list, cursor): ([SubmissionSummary], SubmissionID?) = ([], nil)
        repeat {
            let page = try await self.list(SubmissionFilter(), before: cursor, limit: 1000)
            list += page
            cursor = page.last?.id
        } while cursor != nil
        return list
    }
}
