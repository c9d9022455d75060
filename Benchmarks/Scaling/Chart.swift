import Foundation

/// A line chart as SVG. Both axes are linear or logarithmic; each line has a name.
struct Chart {
    struct Line {
        let name: String
        let points: [(x: Double, y: Double)]
    }

    let title: String
    let xTitle: String
    let yTitle: String
    let lines: [Line]
    var isLogarithmic = (x: false, y: false)
    /// The lowest value shown on a logarithmic y axis: what is below lies on the axis.
    var floor = 0.01

    private static let size = (width: 820.0, height: 440.0)
    private static let plot = (left: 76.0, top: 44.0, right: 600.0, bottom: 384.0)
    /// Distinguishable also without colour vision (Okabe and Ito).
    private static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]

    var svg: String {
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.size.width)) \(Int(Self.size.height))" \
            font-family="sans-serif" font-size="13">
            <rect width="100%" height="100%" fill="#ffffff"/>
            <text x="\(Self.plot.left)" y="24" font-size="16" font-weight="bold">\(title)</text>
            """
        ]
        parts += xTicks.map { tick in
            let x = Self.number(place(x: tick))
            return """
                <path d="M\(x) \(Self.plot.top)V\(Self.plot.bottom)" stroke="#dddddd"/>
                <text x="\(x)" y="\(Self.plot.bottom + 18)" text-anchor="middle">\(Self.label(tick))</text>
                """
        }
        parts += yTicks.map { tick in
            let y = place(y: tick)
            return """
                <path d="M\(Self.plot.left) \(Self.number(y))H\(Self.plot.right)" stroke="#dddddd"/>
                <text x="\(Self.plot.left - 8)" y="\(Self.number(y + 4))" text-anchor="end">\(Self.label(tick))</text>
                """
        }
        let middle = (x: (Self.plot.left + Self.plot.right) / 2, y: (Self.plot.top + Self.plot.bottom) / 2)
        parts.append(
            """
            <text x="\(middle.x)" y="\(Self.plot.bottom + 42)" text-anchor="middle">\(xTitle)</text>
            <text x="18" y="\(middle.y)" text-anchor="middle" transform="rotate(-90 18 \(middle.y))">\(yTitle)</text>
            """)
        for (index, line) in lines.enumerated() { parts.append(drawn(line, index)) }
        return parts.joined(separator: "\n") + "\n</svg>\n"
    }

    private func drawn(_ line: Line, _ index: Int) -> String {
        let colour = Self.colours[index % Self.colours.count]
        let points = line.points.map { "\(Self.number(place(x: $0.x))),\(Self.number(place(y: $0.y)))" }
        let y = Self.plot.top + 10 + Double(index) * 22
        let dots =
            line.points.count > 20
            ? ""
            : points.map { point in
                let parts = point.split(separator: ",")
                return "<circle cx=\"\(parts[0])\" cy=\"\(parts[1])\" r=\"3.5\" fill=\"\(colour)\"/>"
            }.joined()
        return """
            <polyline points="\(points.joined(separator: " "))" fill="none" stroke="\(colour)" stroke-width="2"/>\(dots)
            <path d="M\(Self.plot.right + 14) \(y - 4)h22" stroke="\(colour)" stroke-width="3"/>
            <text x="\(Self.plot.right + 42)" y="\(y)">\(line.name)</text>
            """
    }

    private var xValues: [Double] { lines.flatMap { $0.points.map(\.x) } }
    private var yValues: [Double] { lines.flatMap { $0.points.map(\.y) } }

    private var xTicks: [Double] { Self.ticks(xValues, isLogarithmic: isLogarithmic.x, floor: floor) }
    private var yTicks: [Double] { Self.ticks(yValues, isLogarithmic: isLogarithmic.y, floor: floor) }

    private static func ticks(_ values: [Double], isLogarithmic: Bool, floor: Double) -> [Double] {
        let highest = values.max() ?? 1
        guard isLogarithmic else {
            let rough = max(highest, 1e-9) / 5
            let power = pow(10, Foundation.floor(log10(rough)))
            let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough } ?? rough
            return Array(stride(from: 0, through: (highest / step).rounded(.up) * step, by: step))
        }
        let lowest = log10(max(floor, values.min() ?? floor)).rounded(.down)
        return Array(stride(from: lowest, through: max(log10(highest).rounded(.up), lowest + 1), by: 1)).map {
            pow(10, $0)
        }
    }

    private func place(x: Double) -> Double {
        Self.plot.left + Self.share(x, xTicks, isLogarithmic.x) * (Self.plot.right - Self.plot.left)
    }

    private func place(y: Double) -> Double {
        Self.plot.bottom - Self.share(y, yTicks, isLogarithmic.y) * (Self.plot.bottom - Self.plot.top)
    }

    private static func share(_ value: Double, _ ticks: [Double], _ isLogarithmic: Bool) -> Double {
        guard let low = ticks.first, let high = ticks.last, high > low else { return 0 }
        let scale = { (value: Double) in isLogarithmic ? log10(max(value, low)) : value }
        return (scale(value) - scale(low)) / (scale(high) - scale(low))
    }

    private static func number(_ value: Double) -> String { String(format: "%.1f", value) }

    private static func label(_ value: Double) -> String {
        if value >= 1_000_000 { return "\(String(format: "%g", value / 1_000_000)) M" }
        if value >= 10_000 { return "\(String(format: "%g", value / 1000)) k" }
        return String(format: "%g", value)
    }
}
