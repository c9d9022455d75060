import Core
import Testing

@testable import Grading

struct EgressPolicyTests {
    private let policy = EgressPolicy(
        destinations: ["192.0.2.0/24:443", "198.51.100.1:*"].compactMap { EgressDestination($0) }, bytesPerSecond: 1000)

    private func granted(_ allow: [String], rate: Int? = nil) throws -> NetworkMode {
        try policy.granted(.egress(EgressRules(allow: allow, bytesPerSecond: rate)))
    }

    @Test func whatTheOperatorListedIsGrantedUpToItsRate() throws {
        #expect(
            try granted(["192.0.2.7:443", "198.51.100.1:80"])
                == .egress(EgressRules(allow: ["192.0.2.7:443", "198.51.100.1:80"], bytesPerSecond: 1000)))
        #expect(try granted([], rate: 10) == .egress(EgressRules(allow: [], bytesPerSecond: 10)))
        #expect(try granted([], rate: 5000) == .egress(EgressRules(allow: [], bytesPerSecond: 1000)))
        #expect(try policy.granted(.loopback) == .loopback)
    }

    @Test(arguments: ["192.0.2.7:80", "192.0.0.0/16:443", "0.0.0.0/0:*", "169.254.169.254:80", "example.org:443", ""])
    func everythingElseIsRefused(destination: String) {
        #expect(throws: SubmissionProblem.self) { try granted([destination]) }
        #expect(throws: SubmissionProblem.self) {
            try EgressPolicy().granted(.egress(EgressRules(allow: [destination])))
        }
    }

    @Test func thereIsAMostOfDestinations() throws {
        let most = EgressPolicy.maximumDestinations
        #expect(throws: Never.self) { try granted(Array(repeating: "192.0.2.7:443", count: most)) }
        #expect(throws: SubmissionProblem.self) {
            try granted(Array(repeating: "192.0.2.7:443", count: most + 1))
        }
    }
}
