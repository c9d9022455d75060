package import CoreMetrics
import Synchronization

/// Keeps what swift-metrics reports and writes it in Prometheus' text format. Counters only rise, timers and recorders
/// are histograms, timers in seconds; gauges that belong to a moment are given when the text is asked for.
package final class PrometheusRegistry: MetricsFactory, Sendable {
    struct Key: Hashable, Comparable {
        let name: String
        /// Already in the format's syntax, without braces: `language="c",verdict="accepted"`.
        let labels: String

        static func < (left: Key, right: Key) -> Bool { (left.name, left.labels) < (right.name, right.labels) }
    }

    private enum Instrument: Sendable {
        case counter(PrometheusCounter)
        case gauge(PrometheusGauge)
        case histogram(PrometheusHistogram)

        var typeName: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    private let instruments = Mutex<[Key: Instrument]>([:])
    private let descriptions: [String: String]
    private let buckets: [String: [Double]]

    /// Upper bounds in seconds where a metric has none of its own: from a pooled sandbox to a long compilation.
    package static let defaultBuckets = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120,
        300,
    ]

    /// `descriptions` and `buckets` are by metric name.
    package init(descriptions: [String: String] = [:], buckets: [String: [Double]] = [:]) {
        self.descriptions = descriptions
        self.buckets = buckets
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        instrument(label, dimensions, { .counter(PrometheusCounter()) }) {
            if case .counter(let counter) = $0 { counter } else { nil }
        } ?? PrometheusCounter()
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        instrument(label, dimensions, { .gauge(PrometheusGauge()) }) {
            if case .gauge(let gauge) = $0 { gauge } else { nil }
        } ?? PrometheusGauge()
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        makeHistogram(label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        makeHistogram(label, dimensions)
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    private func makeHistogram(_ label: String, _ dimensions: [(String, String)]) -> PrometheusHistogram {
        let bounds = buckets[label] ?? Self.defaultBuckets
        return instrument(label, dimensions, { .histogram(PrometheusHistogram(bounds: bounds)) }) {
            if case .histogram(let histogram) = $0 { histogram } else { nil }
        } ?? PrometheusHistogram(bounds: bounds)
    }

    /// The instrument of this name and these labels, made when it is new. One of another type keeps its place, and the
    /// caller reports into nothing: a metric has one type.
    private func instrument<Handler>(
        _ label: String, _ dimensions: [(String, String)], _ make: () -> Instrument,
        _ pick: (Instrument) -> Handler?
    ) -> Handler? {
        let key = Key(name: label, labels: Self.labels(dimensions))
        return instruments.withLock { instruments in
            if let existing = instruments[key] { return pick(existing) }
            let new = make()
            instruments[key] = new
            return pick(new)
        }
    }

    /// A gauge of the moment.
    package struct Sample: Sendable {
        let name: String
        let labels: [(String, String)]
        let value: Double

        package init(_ name: String, _ value: Double, _ labels: [(String, String)] = []) {
            self.name = name
            self.labels = labels
            self.value = value
        }
    }

    /// Text exposition format 0.0.4 of everything kept and of `gauges`.
    package func text(gauges: [Sample]) -> String {
        let kept = instruments.withLock { $0 }.sorted { $0.key < $1.key }
        var text = ""
        var previous = ""
        func head(_ name: String, _ type: String) {
            guard name != previous else { return }
            previous = name
            text +=
                "# HELP \(name) \(descriptions[name] ?? "Described in docs/MONITORING.md.")\n# TYPE \(name) \(type)\n"
        }
        for (key, instrument) in kept {
            head(key.name, instrument.typeName)
            switch instrument {
            case .counter(let counter): text += Self.line(key.name, key.labels, "\(counter.value)")
            case .gauge(let gauge): text += Self.line(key.name, key.labels, Self.number(gauge.value))
            case .histogram(let histogram): text += histogram.text(name: key.name, labels: key.labels)
            }
        }
        for sample in gauges.sorted(by: { ($0.name, Self.labels($0.labels)) < ($1.name, Self.labels($1.labels)) }) {
            head(sample.name, "gauge")
            text += Self.line(sample.name, Self.labels(sample.labels), Self.number(sample.value))
        }
        return text
    }

    static func line(_ name: String, _ labels: String, _ value: String) -> String {
        labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    private static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.map { name, value in
            var escaped = ""
            for character in value.unicodeScalars {
                switch character {
                case "\\": escaped += "\\\\"
                case "\"": escaped += "\\\""
                case "\n": escaped += "\\n"
                default: escaped.unicodeScalars.append(character)
                }
            }
            return "\(name)=\"\(escaped)\""
        }.joined(separator: ",")
    }
}
