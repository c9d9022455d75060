import COpenSSL
import Synchronization

/// Certificate, key and rules for TLS sessions. TLS 1.2 and 1.3; in 1.2 only suites with forward secrecy and
/// authenticated encryption.
final class TLSContext: @unchecked Sendable {
    // OpenSSL counts references and locks by itself; nothing changes the context after `init`.
    private let context: OpaquePointer

    private static let cipherSuites = "ECDHE+AESGCM:ECDHE+CHACHA20"

    init(_ configuration: TLSConfiguration) throws(ServerError) {
        ERR_clear_error()
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw .tls("no context", Self.reason) }
        self.context = context
        guard openssl_set_versions(context, TLS1_2_VERSION, TLS1_3_VERSION) == 1,
            SSL_CTX_set_cipher_list(context, Self.cipherSuites) == 1
        else { throw .tls("protocol versions and cipher suites", Self.reason) }
        openssl_set_server_defaults(context)
        guard SSL_CTX_use_certificate_chain_file(context, configuration.certificateFile) == 1 else {
            throw .tls("certificate \(configuration.certificateFile)", Self.reason)
        }
        guard SSL_CTX_use_PrivateKey_file(context, configuration.keyFile, SSL_FILETYPE_PEM) == 1,
            SSL_CTX_check_private_key(context) == 1
        else { throw .tls("key \(configuration.keyFile)", Self.reason) }
        SSL_CTX_set_alpn_select_cb(context, selectProtocol, nil)
        // Without a name of their own, sessions with client certificates are not resumed but refused.
        let name: StaticString = "assay"
        SSL_CTX_set_session_id_context(context, name.utf8Start, UInt32(name.utf8CodeUnitCount))
        guard let authorities = configuration.clientAuthoritiesFile else { return }
        guard SSL_CTX_load_verify_locations(context, authorities, nil) == 1,
            let names = SSL_load_client_CA_file(authorities)
        else { throw .tls("client authorities \(authorities)", Self.reason) }
        SSL_CTX_set_client_CA_list(context, names)
        let required = configuration.requiresClientCertificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | required, nil)
    }

    deinit { SSL_CTX_free(context) }

    func makeSession(descriptor: Int32) -> TLSSession? { TLSSession(context, descriptor: descriptor) }

    /// What OpenSSL says went wrong last on this thread.
    static var reason: String {
        let code = ERR_get_error()
        ERR_clear_error()
        return code == 0
            ? "no reason given" : String(cString: ERR_reason_error_string(code) ?? ERR_lib_error_string(code))
    }
}

/// Takes http/1.1 from what the client offers (ALPN). One that offers only other protocols is refused, before it sends
/// what would not be understood.
private func selectProtocol(
    _: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ length: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?, _ size: UInt32, _: UnsafeMutableRawPointer?
) -> Int32 {
    let wanted: StaticString = "http/1.1"
    let bytes = UnsafeBufferPointer(start: offered, count: Int(size))
    var index = 0
    while index < bytes.count, index + 1 + Int(bytes[index]) <= bytes.count {
        let name = bytes[(index + 1)..<(index + 1 + Int(bytes[index]))]
        if name.elementsEqual(UnsafeBufferPointer(start: wanted.utf8Start, count: wanted.utf8CodeUnitCount)) {
            chosen?.pointee = bytes.baseAddress.map { $0 + index + 1 }
            length?.pointee = bytes[index]
            return SSL_TLSEXT_ERR_OK
        }
        index += 1 + Int(bytes[index])
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}
