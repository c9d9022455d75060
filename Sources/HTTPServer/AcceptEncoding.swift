/// What a client says about content codings (RFC 9110, 12.5.3).
enum AcceptEncoding {
    /// Whether `headers` allow gzip. Without the field the client may not know it.
    static func allowsGzip(_ headers: Headers) -> Bool {
        var gzip: Bool?
        var any: Bool?
        for element in headers.values(of: "Accept-Encoding").joined(separator: ",").split(separator: ",") {
            let parts = element.split(separator: ";").map(\.trimmed)
            guard let coding = parts.first else { continue }
            let isWanted = !parts.dropFirst().contains { isZeroQuality($0) }
            if coding.equalsIgnoringCase("gzip") || coding.equalsIgnoringCase("x-gzip") { gzip = isWanted }
            if coding == "*" { any = isWanted }
        }
        return gzip ?? any ?? false
    }

    private static func isZeroQuality(_ parameter: String) -> Bool {
        let parts = parameter.split(separator: "=", maxSplits: 1).map(\.trimmed)
        guard parts.count == 2, parts[0].equalsIgnoringCase("q") else { return false }
        return parts[1].utf8.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
    }
}
