/// Header fields in their order; names compare without case.
package struct Headers: Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var fields: [(name: String, value: String)]

    package init() { fields = [] }

    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { (name: $0.0, value: $0.1) }
    }

    /// The first field named `name`; setting replaces all of that name.
    package subscript(name: String) -> String? {
        get { fields.first { $0.name.equalsIgnoringCase(name) }?.value }
        set {
            fields.removeAll { $0.name.equalsIgnoringCase(name) }
            if let newValue { fields.append((name: name, value: newValue)) }
        }
    }

    package func values(of name: String) -> [String] {
        fields.filter { $0.name.equalsIgnoringCase(name) }.map(\.value)
    }

    package mutating func append(_ name: String, _ value: String) { fields.append((name: name, value: value)) }

    /// Notes that the answer depends on the request's field `name`.
    package mutating func addVary(_ name: String) {
        guard let known = self["Vary"] else {
            append("Vary", name)
            return
        }
        let isKnown = known.split(separator: ",").contains { $0.trimmed.equalsIgnoringCase(name) }
        if known != "*", !isKnown { self["Vary"] = "\(known), \(name)" }
    }

    mutating func reserve(_ count: Int) { fields.reserveCapacity(count) }

    /// A field as it came over the wire.
    mutating func append(raw name: borrowing Span<UInt8>, _ value: borrowing Span<UInt8>) {
        fields.append((name: name.text, value: value.text))
    }
}

extension String {
    /// ASCII comparison without case, as header names and tokens want it.
    func equalsIgnoringCase(_ other: String) -> Bool {
        utf8.count == other.utf8.count
            && zip(utf8, other.utf8).allSatisfy { left, right in
                left == right || ((left ^ right) == 0x20 && (left | 0x20) >= 0x61 && (left | 0x20) <= 0x7a)
            }
    }
}

extension Headers: Equatable {
    package static func == (one: Headers, other: Headers) -> Bool { one.fields.elementsEqual(other.fields, by: ==) }
}
