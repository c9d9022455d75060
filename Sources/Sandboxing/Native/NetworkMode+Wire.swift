import CSandbox
import Core

extension NetworkMode {
    /// As the launcher calls it.
    var number: Int {
        switch self {
        case .none: ASSAY_NETWORK_NONE
        case .loopback: ASSAY_NETWORK_LOOPBACK
        case .egress: ASSAY_NETWORK_EGRESS
        }
    }

    /// What follows a request for such a sandbox.
    func egressTail() throws(SandboxError) -> [UInt8] {
        guard case .egress(let rules) = self else { return [] }
        guard rules.allow.count <= Int(ASSAY_DESTINATIONS_MAX) else { throw .invalidRequest("too many destinations") }
        var tail = bytes(
            of: assay_egress(
                bytes_per_second: UInt64(max(0, rules.bytesPerSecond ?? 0)), count: UInt32(rules.allow.count),
                uses_dns: rules.dns ? 1 : 0))
        for text in rules.allow {
            guard let destination = EgressDestination(text) else { throw .invalidRequest("\(text) is no destination") }
            tail += bytes(
                of: assay_destination(
                    address: destination.address, port: destination.port ?? 0, prefix: UInt8(destination.prefix),
                    reserved: 0))
        }
        return tail
    }

    private func bytes<Value: BitwiseCopyable>(of value: Value) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
}
