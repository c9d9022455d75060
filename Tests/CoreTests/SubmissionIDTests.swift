import Core
import Foundation
import Testing

@Suite struct SubmissionIDTests {
    @Test func sortsByAge() {
        let base = Date(timeIntervalSince1970: 1_800_000_000)
        let ids = (0..<1000).map { SubmissionID(at: base.addingTimeInterval(Double($0) / 100)) }
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == ids.count)
    }

    @Test func readsWhatItWrites() {
        let id = SubmissionID()
        #expect(SubmissionID(id.string) == id)
        #expect(id.string.utf8.count == SubmissionID.length)
    }

    @Test(arguments: [
        "", "x", String(repeating: "u", count: 26), String(repeating: "0", count: 27), "../../../../../etc/passwd..",
    ])
    func refusesWhatIsNone(_ text: String) {
        #expect(SubmissionID(text) == nil)
    }
}
