/// What a server needs to speak TLS.
package struct TLSConfiguration: Sendable, Hashable {
    /// A PEM file with the server's certificate and those that lead to its authority.
    package var certificateFile: String
    /// A PEM file with the certificate's private key.
    package var keyFile: String
    /// A PEM file with the authorities whose client certificates are accepted; `nil` asks clients for none.
    package var clientAuthoritiesFile: String?
    /// Whether a client without a certificate is turned away.
    package var requiresClientCertificate: Bool

    package init(
        certificateFile: String, keyFile: String, clientAuthoritiesFile: String? = nil,
        requiresClientCertificate: Bool = false
    ) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.clientAuthoritiesFile = clientAuthoritiesFile
        self.requiresClientCertificate = requiresClientCertificate
    }
}
