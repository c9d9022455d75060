import Foundation

/// A picture, built up element by element.
struct SVG {
    private(set) var elements: [String] = []
    let width: Double
    var height: Double

    static let font = "DejaVu Sans, Verdana, sans-serif"

    enum Anchor: String { case start, middle, end }

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String, width: Double = 1) {
        let ends = "x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\""
        elements.append("<line \(ends) stroke=\"\(colour)\" stroke-width=\"\(number(width))\"/>")
    }

    mutating func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, fill: String, stroke: String = "none",
        title: String = ""
    ) {
        let place = "x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\""
        let words = title.isEmpty ? "" : "<title>\(Self.escaped(title))</title>"
        elements.append("<rect \(place) fill=\"\(fill)\" stroke=\"\(stroke)\">\(words)</rect>")
    }

    mutating func circle(_ x: Double, _ y: Double, _ radius: Double, fill: String) {
        elements.append("<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"\(number(radius))\" fill=\"\(fill)\"/>")
    }

    mutating func text(
        _ words: String, _ x: Double, _ y: Double, _ anchor: Anchor = .start, size: Double = 13,
        colour: String = Palette.ink, isBold: Bool = false
    ) {
        let style = "font-size=\"\(number(size))\" fill=\"\(colour)\" text-anchor=\"\(anchor.rawValue)\""
        let weight = isBold ? " font-weight=\"bold\"" : ""
        elements.append("<text x=\"\(number(x))\" y=\"\(number(y))\" \(style)\(weight)>\(Self.escaped(words))</text>")
    }

    /// The whole document.
    var document: String {
        let size =
            "width=\"\(number(width))\" height=\"\(number(height))\" viewBox=\"0 0 \(number(width)) \(number(height))\""
        let background = "<rect width=\"100%\" height=\"100%\" fill=\"\(Palette.paper)\"/>"
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" \(size) font-family=\"\(Self.font)\">\n\(background)\n"
            + elements.joined(separator: "\n") + "\n</svg>\n"
    }

    static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }

    private func number(_ value: Double) -> String {
        let text = String(format: "%.2f", value)
        return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
    }
}

/// Colours that differ in lightness too, for print and for eyes that do not tell red from green.
enum Palette {
    static let ink = "#1b1f24"
    static let quiet = "#6b7480"
    static let grid = "#dfe3e8"
    static let paper = "#ffffff"
    static let box = "#8db7e8"
    static let own = "#2f6fbf"
    static let published = "#c9c2b4"
    static let median = "#12283f"

    static func colour(_ stage: Stage) -> String {
        switch stage {
        case .create: "#1f4e8c"
        case .launch: "#5b9bd5"
        case .execute: "#f0a03c"
        case .stop: "#8a5a9e"
        case .clean: "#b9bfc7"
        }
    }
}

/// How times are written in pictures and tables.
enum TimeText {
    /// Of a power of ten.
    static func tick(_ milliseconds: Double) -> String {
        switch milliseconds {
        case ..<0.9995: String(format: "%g µs", milliseconds * 1000)
        case ..<999.5: String(format: "%g ms", milliseconds)
        default: String(format: "%g s", milliseconds / 1000)
        }
    }

    static func of(_ milliseconds: Double) -> String {
        switch milliseconds {
        case ..<0.0005: "0"
        case ..<0.9995: String(format: "%.0f µs", milliseconds * 1000)
        case ..<9.995: String(format: "%.2f ms", milliseconds)
        case ..<99.95: String(format: "%.1f ms", milliseconds)
        case ..<9995: String(format: "%.0f ms", milliseconds)
        default: String(format: "%.1f s", milliseconds / 1000)
        }
    }
}
