import Core

// What virtual machines have in common: a kernel of their own for each sandbox.

extension GuestTraits {
    static let machine = GuestTraits(
        accounting: .ownGroup, takesImages: false, takesDescriptors: false, startLimit: .seconds(120),
        storages: [.engine])
}

extension BackendReport.Capabilities {
    static let machine = BackendReport.Capabilities(
        cpuTime: true, memory: true, processes: true, output: true, disk: true, cpuPinning: false,
        networkModes: ["none", "loopback"], isRootless: false)
}
