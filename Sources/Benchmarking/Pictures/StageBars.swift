/// What the stages take together: stacked bars. A bar that is much longer than the others is cut, and says so.
struct StageBars {
    struct Row {
        var label: String
        /// Milliseconds.
        var stages: [Stage: Double]

        var total: Double { Array(stages.values).sum }
    }

    let title: String
    let rows: [Row]
    /// Stages that are named in the legend.
    var stages = Stage.allCases

    private static let width = 1000.0
    private static let rowHeight = 28.0
    private static let left = 300.0
    private static let right = 120.0
    private static let top = 76.0

    /// Longer than this many times the median, bars are cut.
    private static let longest = 4.0

    var svg: String {
        let bottom = Self.top + Double(rows.count) * Self.rowHeight
        var svg = SVG(width: Self.width, height: bottom + 16)
        svg.text(title, 16, 26, size: 16, isBold: true)
        legend(in: &svg)
        let totals = rows.map(\.total)
        let middle = totals.median
        let limit = min(
            totals.max() ?? 1, max(middle * Self.longest, totals.filter { $0 <= middle * Self.longest }.max() ?? 0))
        let unit = (Self.width - Self.right - Self.left) / max(limit, 1e-9)
        for (index, row) in rows.enumerated() {
            let y = Self.top + Double(index) * Self.rowHeight
            svg.text(row.label, Self.left - 14, y + 17, .end)
            draw(row, at: y, unit, limit, in: &svg)
            svg.text(TimeText.of(row.total), Self.width - 16, y + 17, .end)
        }
        svg.line(Self.left, Self.top - 4, Self.left, bottom, Palette.quiet)
        return svg.document
    }

    private func draw(_ row: Row, at y: Double, _ unit: Double, _ limit: Double, in svg: inout SVG) {
        var reached = 0.0
        for stage in stages {
            let value = row.stages[stage] ?? 0
            let shown = min(value, max(0, limit - reached))
            guard shown > 0 else { continue }
            svg.rectangle(
                Self.left + reached * unit, y + 4, shown * unit, Self.rowHeight - 9, fill: Palette.colour(stage),
                title: "\(row.label), \(stage.rawValue): \(TimeText.of(value))")
            reached += shown
        }
        if row.total > limit * 1.001 {
            svg.text("… cut", Self.left + limit * unit - 6, y + 17, .end, size: 12, colour: Palette.paper, isBold: true)
        }
    }

    private func legend(in svg: inout SVG) {
        var x = Self.left
        for stage in stages {
            svg.rectangle(x, 42, 13, 13, fill: Palette.colour(stage))
            svg.text(stage.rawValue, x + 19, 53, size: 13)
            x += 100
        }
    }
}
