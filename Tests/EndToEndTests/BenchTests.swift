import Foundation
import Testing

/// `assay bench` as an operator runs it.
@Suite(.enabled("sandboxes are made by root") { AssayServer.isPossible }, .serving())
struct BenchTests {
    private func assay(_ arguments: [String]) async throws -> ChildProcess.Result {
        try await ChildProcess.run([Checkout.program("assay"), "bench"] + arguments)
    }

    private func withFiles<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        // Sandboxes have a /tmp of their own.
        let directory = "/var/tmp/assay-bench-\(UUID())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try await body(directory)
    }

    /// What is written follows the schema that others read it by.
    private func validate(_ file: String) async throws {
        let check = try await ChildProcess.run([
            Checkout.root + "/.venv/bin/python", Checkout.root + "/Scripts/check-schema",
            Checkout.root + "/Benchmarks/assay-bench-1.json", file,
        ])
        #expect(check.status == 0, "\(check.errors)")
    }

    @Test func theQuickModeMeasuresWhatIsThere() async throws {
        try await withFiles { directory in
            let start = ContinuousClock.now
            let result = try await assay([
                "backends", "--quick", "--only", "native,native-cold,bubblewrap,runc,lxc", "--files",
                directory + "/data",
                "--output", directory + "/bench.json",
            ])
            #expect(result.status == 0, "\(result.errors)")
            #expect(ContinuousClock.now - start < .seconds(120))
            try await validate(directory + "/bench.json")
            let data = try Data(contentsOf: URL(fileURLWithPath: directory + "/bench.json"))
            let experiments = try JSONDecoder().decode(JSONValue.self, from: data)["experiments"].items
            #expect(experiments.contains { $0["experiment"] == "hello" && $0["backend"] == "native" })
            let failures = experiments.filter { $0["failures"] != 0 }
            #expect(failures.isEmpty, "\(failures.map { "\($0["experiment"]) in \($0["backend"]): \($0["failure"])" })")
            #expect(result.output.contains("the harness itself takes"))
            let page = try String(contentsOfFile: directory + "/bench.html", encoding: .utf8)
            #expect(page.contains("<svg"))
            #expect(FileManager.default.fileExists(atPath: directory + "/bench.pictures/hello-boxes.svg"))
            #expect(FileManager.default.fileExists(atPath: directory + "/bench.pictures/hello-boxes.png"))

            let comparison = try await assay(["compare", directory + "/bench.json", directory + "/bench.json"])
            #expect(comparison.status == 0)
            #expect(comparison.output.contains("1.000"))
        }
    }

    @Test func whatIsNotFinishedSaysSoAndGoesOn() async throws {
        try await withFiles { directory in
            let arguments = [
                "backends", "--quick", "--only", "native", "--experiments", "hello", "--parallel", "1", "--density",
                "0",
                "--files", directory + "/data", "--output", directory + "/bench.json",
            ]
            let first = try await assay(arguments + ["--time-limit", "1ms"])
            #expect(first.status == 3)
            #expect(first.errors.contains("goes on"))
            #expect(!FileManager.default.fileExists(atPath: directory + "/bench.json"))
            let second = try await assay(arguments)
            #expect(second.status == 0, "\(second.errors)")
            #expect(FileManager.default.fileExists(atPath: directory + "/bench.json"))
        }
    }

    /// What experiments read is shown in an image, wherever that has nothing in its place; below /usr it would not be seen.
    @Test func anImageIsMeasuredBesideWhatItHides() async throws {
        let hidden = "/usr/local/lib/assay-bench-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: hidden) }
        try await withFiles { directory in
            let image = directory + "/image"
            try FileManager.default.createDirectory(
                atPath: image + "/var/tmp/own", withIntermediateDirectories: true)
            for files in [directory + "/data", hidden] {
                let result = try await assay([
                    "backends", "--only", "native,bubblewrap", "--storage", "bind", "--image", "tiny=\(image)",
                    "--experiments", "files-read-10,ping", "--runs", "1", "--parallel", "1", "--density", "0",
                    "--files", files, "--output", directory + "/bench.json",
                ])
                #expect(result.status == 0, "\(result.errors)")
                try await validate(directory + "/bench.json")
                let data = try Data(contentsOf: URL(fileURLWithPath: directory + "/bench.json"))
                let report = try JSONDecoder().decode(JSONValue.self, from: data)
                let measured = report["experiments"].items
                #expect(measured.count == (files == hidden ? 2 : 4))
                for one in measured { #expect(one["failures"] == 0, "\(one["failure"])") }
                let skipped = report["skipped"].items.filter { $0["experiment"] == "files-read-10" }
                #expect(skipped.count == (files == hidden ? 2 : 0))
                for one in skipped {
                    #expect(
                        one["reason"].string?.hasPrefix("an image has a /usr of its own") == true, "\(one["reason"])")
                }
                try FileManager.default.removeItem(atPath: directory + "/bench.json")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: image + "/var/tmp") == ["own"])
        }
    }

    @Test func theNativeSandboxBesideABareProcess() async throws {
        try await withFiles { directory in
            let result = try await assay(["native", "--runs", "5", "--output", directory + "/native.json"])
            #expect(result.status == 0, "\(result.errors)")
            try await validate(directory + "/native.json")
            for name in ["bare static", "cold static", "pooled python", "bubblewrap static", "sustained"] {
                #expect(result.output.contains(name), "\(name)")
            }
        }
    }

    @Test func loadOnARunningService() async throws {
        let result = try await assay([
            "load", AssayServer.shared.url, "--rate", "4", "--duration", "3s", "--shape", "constant", "--mix",
            "python3",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let figures = try #require(result.output.split(separator: "\n").last).split(separator: " ")
        #expect(figures[1] == "12" && figures[2] == "12", "\(result.output)")
    }
}
