import Foundation
import Testing

/// The alert rules, the dashboard and the page about them speak of metrics that there are.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }, .serving(), .serialized)
struct MonitoringTests {
    private static func text(_ path: String) throws -> String {
        try String(contentsOfFile: Checkout.root + "/docs/" + path, encoding: .utf8)
    }

    @Test func promtoolAcceptsTheRules() async throws {
        let check = try await ChildProcess.run([
            "promtool", "check", "rules", "--lint=all", "--lint-fatal", Checkout.root + "/docs/monitoring/alerts.yaml",
        ])
        #expect(check.status == 0, "\(check.output)\(check.errors)")
    }

    @Test func everyMetricThatIsNamedIsThere() async throws {
        let server = try AssayServer.shared
        _ = try await server.grade(["language": "c", "files": ["main.c": "int main(void) { return 0; }"]])
        let answer = try await server.curl("/metrics").body
        var there: Set<String> = []
        for line in answer.split(separator: "\n") where line.hasPrefix("# TYPE ") {
            there.insert(String(line.split(separator: " ")[2]))
        }
        for file in ["MONITORING.md", "monitoring/alerts.yaml", "monitoring/dashboard.json"] {
            var named: Set<String> = []
            for match in try Self.text(file).matches(of: #/\bassay_[a-z_]+/#) {
                let name = String(match.output)
                let base = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }.map { name.dropLast($0.count) }
                named.insert(base.map(String.init) ?? name)
            }
            #expect(!named.isEmpty)
            #expect(named.subtracting(there).isEmpty, "\(file)")
        }
        // And each has an explanation.
        #expect(!answer.contains("Described in docs/MONITORING.md"))
    }

    @Test func theDashboardIsOne() throws {
        let dashboard = try JSONDecoder().decode(
            JSONValue.self, from: Data(try Self.text("monitoring/dashboard.json").utf8))
        let panels = dashboard["panels"].items
        #expect(!panels.isEmpty)
        #expect(Set(panels.map { $0["id"] }).count == panels.count)
        for panel in panels {
            #expect(panel["title"].string != nil)
            #expect(panel["targets"].items.allSatisfy { $0["expr"].string != nil })
        }
    }

    @Test func everyAlertHasItsAdvice() throws {
        let page = try Self.text("MONITORING.md")
        for match in try Self.text("monitoring/alerts.yaml").matches(of: #/alert: (\w+)/#) {
            #expect(page.contains(match.1), "\(match.1)")
        }
    }
}
