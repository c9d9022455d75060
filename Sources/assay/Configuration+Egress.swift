import Core
import Grading
import Sandboxing

extension Configuration {
    /// What submissions and tasks may ask for.
    var egressPolicy: EgressPolicy {
        EgressPolicy(
            destinations: egress.compactMap { EgressDestination($0) },
            bytesPerSecond: egressRate == 0 ? nil : egressRate)
    }

    /// `nil` where nobody may connect anywhere.
    var nativeEgress: EgressConfiguration? {
        guard !egress.isEmpty else { return nil }
        let own = egressResolvers.compactMap { IPv4Address.number($0) }
        return own.isEmpty ? EgressConfiguration() : EgressConfiguration(resolvers: own)
    }
}
