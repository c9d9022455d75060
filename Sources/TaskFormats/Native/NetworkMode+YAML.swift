import Core

extension NetworkMode {
    /// Reads `network: none`, `network: loopback`, or `network: { egress: { allow: ["192.0.2.0/24:443"] } }`.
    init(_ value: YAMLValue) throws(TaskFormatError) {
        if value.isMapping {
            var fields = try value.fields()
            self = .egress(try EgressRules(fields.require("egress")))
            try fields.finish()
            return
        }
        switch try value.text() {
        case "none": self = .none
        case "loopback": self = .loopback
        default: throw value.error("expected none, loopback or { egress: { allow: [\"192.0.2.0/24:443\"] } }")
        }
    }
}

extension EgressRules {
    fileprivate init(_ value: YAMLValue) throws(TaskFormatError) {
        var fields = try value.fields()
        let allow = try fields.require("allow").texts()
        let dns = try fields.take("dns")?.flag() ?? false
        var rate: Int?
        if let field = fields.take("bytes_per_second") {
            rate = try field.bytes()
            guard rate! > 0 else { throw field.error("must be greater than zero") }
        }
        try fields.finish()
        self.init(allow: allow, dns: dns, bytesPerSecond: rate)
    }
}
