/// Box plots on a logarithmic axis: the box spans the quartiles, the whiskers p10 to p90, the dots are the extremes.
struct BoxPlot {
    struct Row {
        var label: String
        var samples: [Double]
    }

    let title: String
    let rows: [Row]

    private static let width = 1000.0
    private static let rowHeight = 30.0
    private static let left = 300.0
    private static let right = 120.0
    private static let top = 46.0
    private static let bottom = 44.0

    var svg: String {
        let bottom = Self.top + Double(rows.count) * Self.rowHeight
        var svg = SVG(width: Self.width, height: bottom + Self.bottom)
        svg.text(title, 16, 26, size: 16, isBold: true)
        let scale = LogarithmicScale(rows.flatMap(\.samples), from: Self.left, to: Self.width - Self.right)
        for tick in scale.ticks {
            let x = scale.place(tick)
            svg.line(x, Self.top, x, bottom, Palette.grid)
            svg.text(TimeText.tick(tick), x, bottom + 18, .middle, size: 12, colour: Palette.quiet)
        }
        for (index, row) in rows.enumerated() {
            guard let summary = Summary(row.samples) else { continue }
            draw(row.label, summary, at: Self.top + (Double(index) + 0.5) * Self.rowHeight, scale, in: &svg)
        }
        return svg.document
    }

    private func draw(_ label: String, _ summary: Summary, at y: Double, _ scale: LogarithmicScale, in svg: inout SVG) {
        let height = 15.0
        svg.text(label, Self.left - 14, y + 4.5, .end)
        svg.line(scale.place(summary.p10), y, scale.place(summary.p90), y, Palette.own, width: 1.5)
        let x = scale.place(summary.lower)
        svg.rectangle(
            x, y - height / 2, max(2, scale.place(summary.upper) - x), height, fill: Palette.box, stroke: Palette.own,
            title: "\(label): \(TimeText.of(summary.median))")
        let median = scale.place(summary.median)
        svg.line(median, y - height / 2 - 2, median, y + height / 2 + 2, Palette.median, width: 2.5)
        for extreme in [summary.minimum, summary.maximum] {
            svg.circle(scale.place(extreme), y, 2.4, fill: Palette.own)
        }
        svg.text(TimeText.of(summary.median), Self.width - 16, y + 4.5, .end)
    }
}
