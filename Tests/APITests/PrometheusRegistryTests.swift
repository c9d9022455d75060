import API
import CoreMetrics
import Testing

@Suite struct PrometheusRegistryTests {
    @Test func writesCountersGaugesAndHistograms() {
        let registry = PrometheusRegistry(descriptions: ["a_total": "Help."], buckets: ["c_seconds": [0.1, 1]])
        registry.makeCounter(label: "a_total", dimensions: [("x", "1")]).increment(by: 2)
        registry.makeCounter(label: "a_total", dimensions: [("x", "1")]).increment(by: 3)
        registry.makeMeter(label: "b", dimensions: []).set(1.5)
        let timer = registry.makeTimer(label: "c_seconds", dimensions: [("y", "z")])
        for nanoseconds in [50_000_000, 500_000_000, 5_000_000_000] as [Int64] { timer.recordNanoseconds(nanoseconds) }
        #expect(
            registry.text(gauges: [.init("d", 7)]) == """
                # HELP a_total Help.
                # TYPE a_total counter
                a_total{x="1"} 5
                # HELP b Described in docs/MONITORING.md.
                # TYPE b gauge
                b 1.5
                # HELP c_seconds Described in docs/MONITORING.md.
                # TYPE c_seconds histogram
                c_seconds_bucket{y="z",le="0.1"} 1
                c_seconds_bucket{y="z",le="1"} 2
                c_seconds_bucket{y="z",le="+Inf"} 3
                c_seconds_sum{y="z"} 5.55
                c_seconds_count{y="z"} 3
                # HELP d Described in docs/MONITORING.md.
                # TYPE d gauge
                d 7

                """)
    }

    @Test func escapesLabels() {
        let registry = PrometheusRegistry()
        registry.makeCounter(label: "a_total", dimensions: [("x", "q\"b\\n\nl")]).increment(by: 1)
        #expect(registry.text(gauges: []).contains(#"a_total{x="q\"b\\n\nl"} 1"#))
    }

    @Test func aMetricHasOneType() {
        let registry = PrometheusRegistry()
        registry.makeCounter(label: "a", dimensions: []).increment(by: 1)
        registry.makeMeter(label: "a", dimensions: []).set(9.0)
        #expect(registry.text(gauges: []).contains("a 1\n"))
    }

    @Test func aBoundBelongsToItsBucket() {
        let registry = PrometheusRegistry(buckets: ["c": [1]])
        registry.makeRecorder(label: "c", dimensions: [], aggregate: true).record(1.0)
        #expect(registry.text(gauges: []).contains(#"c_bucket{le="1"} 1"#))
    }
}
