import API
import HTTPServer

extension Configuration {
    /// All addresses that are to be served, with and without TLS.
    var addresses: [ListenAddress] { listen + tlsListen }

    /// The server's configuration, whole.
    func serverConfiguration(observer: @escaping @Sendable (Exchange) -> Void) throws -> ServerConfiguration {
        guard !addresses.isEmpty else {
            throw ConfigurationError(source: "listen", detail: "there is no address to serve")
        }
        var server = server
        server.addresses = listen.map(withMode)
        server.tlsAddresses = tlsListen.map(withMode)
        server.tls = try tls()
        server.drainTimeout = drain
        server.observer = observer
        return server
    }

    private func tls() throws -> TLSConfiguration? {
        guard !tlsListen.isEmpty else { return nil }
        for (name, file) in [("tls.certificate", tlsCertificate), ("tls.key", tlsKey)] where file.isEmpty {
            throw ConfigurationError(source: name, detail: "tls.listen needs a PEM file here")
        }
        guard !requiresClientCertificate || !tlsClientAuthorities.isEmpty else {
            throw ConfigurationError(
                source: "tls.require-client-certificate", detail: "tls.client-ca must say whose certificates count")
        }
        return TLSConfiguration(
            certificateFile: tlsCertificate, keyFile: tlsKey,
            clientAuthoritiesFile: tlsClientAuthorities.isEmpty ? nil : tlsClientAuthorities,
            requiresClientCertificate: requiresClientCertificate)
    }

    private func withMode(_ address: ListenAddress) -> ListenAddress {
        if case .unix(let path, _) = address { .unix(path: path, mode: UInt32(socketMode)) } else { address }
    }

    /// `nil` where pages of other origins may not call.
    var crossOrigin: CORS? {
        if crossOrigins.isEmpty { return nil }
        return CORS(origins: crossOrigins == ["*"] ? .any : .only(crossOrigins))
    }
}
