import HTTPServer
import Logging

extension Setting {
    /// Everything about how HTTP is served.
    static let http: [Setting] =
        [
            addresses("listen", \.listen, "where HTTP is served: \(addressForms)"),
            addresses("tls.listen", \.tlsListen, "where HTTP is served through TLS, in the same forms"),
            text(
                "tls.certificate", \.tlsCertificate,
                "PEM file of the certificate and those above it; read again on SIGHUP"),
            text("tls.key", \.tlsKey, "PEM file of the certificate's key; read again on SIGHUP"),
            text(
                "tls.client-ca", \.tlsClientAuthorities,
                "PEM file of the authorities whose client certificates are accepted; empty asks for none"),
            flag(
                "tls.require-client-certificate", \.requiresClientCertificate,
                "whether clients without a certificate are turned away"),
            Setting(
                name: "socket-mode",
                help: "mode of Unix sockets, in octal; who may write to one may speak to the service",
                read: { String($0.socketMode, radix: 8) }
            ) { configuration, text in
                guard let mode = Int(text, radix: 8), (0...0o777).contains(mode) else { return "a mode such as 660" }
                configuration.socketMode = mode
                return nil
            },
            list(
                "trusted-proxies",
                "proxies whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses, ranges such as 10.0.0.0/8, or "
                    + "unix; separated by commas", "addresses or ranges such as 10.0.0.0/8",
                read: { $0.server.trustedProxies.map(\.description) }
            ) { configuration, parts in
                let ranges = parts.compactMap { AddressRange($0) }
                configuration.server.trustedProxies = ranges
                return ranges.count == parts.count
            },
            list(
                "cors-origins",
                "origins whose pages may call the service from a browser, such as https://example.org; separated by commas; "
                    + "* is every page", "origins such as https://example.org, or *", read: { $0.crossOrigins.sorted() }
            ) { configuration, parts in
                configuration.crossOrigins = Set(parts)
                return parts == ["*"] || parts.allSatisfy(isOrigin)
            },
            rate("rate-limit.address", \.addressRate.perSecond, "one address (of IPv6: one /64)"),
            burst("rate-limit.address-burst", \.addressRate.burst, "one address"),
            rate("rate-limit.token", \.tokenRate.perSecond, "one token"),
            burst("rate-limit.token-burst", \.tokenRate.burst, "one token"),
            Setting(
                name: "access-log", help: "level at which every request is logged; off logs none",
                read: { $0.server.accessLogLevel?.rawValue ?? "off" }
            ) { configuration, text in
                guard let level = text == "off" ? .some(nil) : Logger.Level(rawValue: text).map(Optional.some) else {
                    return "a log level such as info, or off"
                }
                configuration.server.accessLogLevel = level
                return nil
            },
        ] + limits

    private static let limits: [Setting] = [
        bytes("http.request-line", \.server.maximumRequestLine, "bytes of a request line with its end; longer is 414"),
        bytes("http.header-bytes", \.server.maximumHeaderBytes, "bytes of all header fields together; more is 431"),
        number("http.header-count", \.server.maximumHeaderCount, "header fields; more is 431"),
        bytes("http.body-bytes", \.server.maximumBody, "bytes of a body, whatever the path says; more is 413"),
        number("http.connections", \.server.maximumConnections, "connections at one time; the next one gets 503"),
        number(
            "http.connections-per-address", \.server.maximumConnectionsPerAddress,
            "connections at one time from one address (of IPv6: one /64)"),
        number(
            "http.requests-per-connection", \.server.maximumRequestsPerConnection,
            "requests on one connection, after which it is closed"),
        time("http.handshake-timeout", \.server.handshakeTimeout, "for a TLS handshake"),
        time("http.header-timeout", \.server.headerTimeout, "from a request's first byte to the end of its head"),
        time("http.body-timeout", \.server.bodyTimeout, "for a body, on top of its bytes at http.minimum-rate"),
        time("http.idle-timeout", \.server.idleTimeout, "between requests on a connection"),
        time(
            "http.write-timeout", \.server.writeTimeout, "for a client to take an answer, on top of http.minimum-rate"),
        number("http.minimum-rate", \.server.minimumRate, "bytes per second below which a client is given up"),
        number("http.threads", \.server.threads, "threads that serve connections"),
    ]

    private static let addressForms =
        "address:port, unix:/path, or systemd (systemd:NAME) for the sockets that it passed; separated by commas"

    private static func addresses(
        _ name: String, _ property: Property<[ListenAddress]>, _ help: String
    ) -> Setting {
        Setting(
            name: name, help: help, read: { $0[keyPath: property].map(\.text).joined(separator: ",") }
        ) { configuration, text in
            do {
                configuration[keyPath: property] = try words(text).map { try ListenAddress($0) }
                return nil
            } catch { return addressForms }
        }
    }

    private static func list(
        _ name: String, _ help: String, _ expected: String, read: @escaping @Sendable (Configuration) -> [String],
        write: @escaping @Sendable (inout Configuration, [String]) -> Bool
    ) -> Setting {
        Setting(name: name, help: help, read: { read($0).joined(separator: ",") }) { configuration, text in
            write(&configuration, words(text)) ? nil : expected
        }
    }

    private static func rate(_ name: String, _ property: Property<Double>, _ whose: String) -> Setting {
        Setting(
            name: name, help: "requests per second of \(whose) in the long run; more get 429; 0 sets no bound",
            read: { "\($0[keyPath: property])" }
        ) { configuration, text in
            guard let value = Double(text), (0...1e6).contains(value) else { return "a number of requests per second" }
            configuration[keyPath: property] = value
            return nil
        }
    }

    private static func burst(_ name: String, _ property: Property<Int>, _ whose: String) -> Setting {
        Setting(name: name, help: "requests of \(whose) at once", read: { "\($0[keyPath: property])" }) {
            configuration, text in
            guard let value = Int(text), (1...1_000_000).contains(value) else {
                return "a number of requests, from 1 on"
            }
            configuration[keyPath: property] = value
            return nil
        }
    }

    private static func words(_ text: String) -> [String] { text.split { $0 == "," || $0 == " " }.map(String.init) }

    /// Scheme and authority, as browsers write an origin; without a path, which no origin has.
    private static func isOrigin(_ text: String) -> Bool {
        guard let rest = ["https://", "http://"].first(where: text.hasPrefix).map({ text.dropFirst($0.count) }) else {
            return false
        }
        return !rest.isEmpty && !rest.contains("/") && !rest.contains("*")
    }
}
