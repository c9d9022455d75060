import CLinux
import Glibc

/// A bound, listening, non-blocking socket.
struct Listener: Sendable {
    let descriptor: Int32
    let address: BoundAddress
    /// Whether this server made the socket, and a socket file is its to remove.
    var isOwn = true

    /// Listens on every address that `wanted` names.
    static func open(
        _ wanted: ListenAddress, configuration: ServerConfiguration
    ) throws(ServerError) -> [Listener] {
        switch wanted {
        case .tcp(let host, let port): try openTCP(host, port, configuration)
        case .unix(let path, let mode): [try openUnix(path, mode, configuration)]
        case .activated(let name): try adopt(name)
        }
    }

    func close() {
        Glibc.close(descriptor)
        if isOwn, case .unix(let path) = address { unlink(path) }
    }

    private static func openTCP(
        _ host: String, _ port: Int, _ configuration: ServerConfiguration
    ) throws(ServerError) -> [Listener] {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let name = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        guard (0...65535).contains(port), getaddrinfo(name, String(port), &hints, &found) == 0, let found else {
            throw .unknownHost(host)
        }
        defer { freeaddrinfo(found) }
        var listeners: [Listener] = []
        do throws(ServerError) {
            var next: UnsafeMutablePointer<addrinfo>? = found
            while let info = next?.pointee {
                listeners.append(try openTCP(info, "\(host):\(port)", configuration))
                next = info.ai_next
            }
        } catch {
            listeners.forEach { $0.close() }
            throw error
        }
        return listeners
    }

    private static func openTCP(
        _ info: addrinfo, _ name: String, _ configuration: ServerConfiguration
    ) throws(ServerError) -> Listener {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(info.ai_family, type, 0)
        guard descriptor >= 0 else { throw .cannotListen(name, errno: errno) }
        // A restart must not wait for connections of the last run to time out.
        set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        if info.ai_family == AF_INET6 {
            set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, configuration.isDualStack ? 0 : 1)
        }
        guard bind(descriptor, info.ai_addr, info.ai_addrlen) == 0, listen(descriptor, configuration.backlog) == 0
        else {
            let code = errno
            Glibc.close(descriptor)
            throw .cannotListen(name, errno: code)
        }
        return Listener(descriptor: descriptor, address: boundAddress(of: descriptor))
    }

    private static func openUnix(
        _ path: String, _ mode: UInt32, _ configuration: ServerConfiguration
    ) throws(ServerError) -> Listener {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        guard path.utf8.count < MemoryLayout.size(ofValue: address.sun_path) else { throw .pathTooLong(path) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        try removeStaleSocket(path)
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .cannotListen("unix:\(path)", errno: errno) }
        // The mode is set before anybody can connect: between bind and listen nobody can.
        let isListening =
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            } && chmod(path, mode) == 0 && listen(descriptor, configuration.backlog) == 0
        guard isListening else {
            let code = errno
            Glibc.close(descriptor)
            throw .cannotListen("unix:\(path)", errno: code)
        }
        return Listener(descriptor: descriptor, address: .unix(path: path))
    }

    private static func removeStaleSocket(_ path: String) throws(ServerError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path: path) }
        unlink(path)
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    static func boundAddress(of descriptor: Int32) -> BoundAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard code == 0 else { return .tcp(host: "", port: 0) }
        switch Int32(storage.ss_family) {
        case AF_INET:
            let address = PeerAddress.read(storage, as: sockaddr_in.self)
            return .tcp(
                host: PeerAddress.text(AF_INET, address.sin_addr), port: Int(UInt16(bigEndian: address.sin_port)))
        case AF_INET6:
            let address = PeerAddress.read(storage, as: sockaddr_in6.self)
            let port = Int(UInt16(bigEndian: address.sin6_port))
            return .tcp(host: PeerAddress.text(AF_INET6, address.sin6_addr), port: port)
        default:
            let address = PeerAddress.read(storage, as: sockaddr_un.self)
            let path = withUnsafeBytes(of: address.sun_path) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            return .unix(path: path)
        }
    }
}
