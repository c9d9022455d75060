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

    @Test func readsAsAUUIDOfVersionFour() throws {
        let id = SubmissionID(at: Date(timeIntervalSince1970: 1_700_000_000))
        let uuid = id.uuid
        #expect(uuid.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        #expect(uuid.hasPrefix("018bcfe5-6800"))
        #expect(SubmissionID(uuid: uuid) == id)
        #expect(SubmissionID(uuid: uuid.uppercased()) == id)
        #expect(SubmissionID(uuid: uuid.filter { $0 != "-" }) == id)
    }

    @Test(arguments: ["", "018bcfe5", "018bcfe5-6800-4000-8000-00000000000g", "+18bcfe5-6800-4000-8000-000000000000"])
    func refusesWhatIsNoUUID(_ text: String) { #expect(SubmissionID(uuid: text) == nil) }
}
