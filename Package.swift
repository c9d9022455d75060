// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors everywhere; `package` access keeps every name inside this package.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error), .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]
let strictC: [CSetting] = [.treatAllWarnings(as: .error)]

func linker(_ flags: String...) -> [String] { flags.flatMap { ["-Xlinker", $0] } }

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

let package = Package(
    name: "assay",
    products: [
        .executable(name: "assay", targets: ["assay"]),
        .executable(name: "assay-launcher", targets: ["assay-launcher"]),
        .executable(name: "assay-experiments", targets: ["assay-experiments"]),
        .executable(name: "assay-hello", targets: ["assay-hello"]),
        .library(name: "assay-java-agent", type: .dynamic, targets: ["JavaAgent"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // 0 ground
        .target(name: "CLinux", cSettings: strictC),
        .target(name: "CSandbox", cSettings: strictC),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        library("Core", []),
        library("JSONDecoding", []),
        // 1 seams
        library("Sandboxing", ["Core", "CSandbox", "CLinux", logging]),
        library("Storage", ["Core", "COpenSSL", "CPostgreSQL", grdb, logging]),
        .target(
            name: "TaskFormats", dependencies: ["Core", "CLinux", "CArchive", yams],
            resources: [.embedInCode("Support/assay.py"), .embedInCode("Support/inginious.py")], swiftSettings: strict),
        // 2 grading
        library("Grading", ["Core", "Sandboxing", "Storage", "TaskFormats", "COpenSSL", logging, metrics]),
        .target(
            name: "Benchmarking", dependencies: ["Core", "Sandboxing"],
            resources: [.embedInCode("Published/published.json")], swiftSettings: strict),
        // 3 outside
        library("HTTPServer", ["CLinux", "COpenSSL", "CZlib", logging]),
        library(
            "API",
            ["HTTPServer", "Grading", "Storage", "TaskFormats", "Core", "JSONDecoding", "COpenSSL", logging, metrics]),
        .executableTarget(
            name: "assay",
            dependencies: [
                "API", "HTTPServer", "Grading", "Sandboxing", "Storage", "TaskFormats", "Benchmarking", "Core",
                "CLinux",
                argumentParser, logging, metrics, yams,
            ],
            swiftSettings: strict),
        // apart: the only code that runs privileged
        .executableTarget(
            name: "assay-launcher", dependencies: ["CSandbox"], cSettings: strictC,
            linkerSettings: [.unsafeFlags(["-static-executable", "-nostartfiles"])]),

        // What lets a Java virtual machine wait for its program. It is loaded in sandboxes, where only C's library is.
        .target(
            name: "JavaAgent", dependencies: ["CSandbox"], path: "Sources/assay-java-agent", cSettings: strictC,
            linkerSettings: [.unsafeFlags(["-static-stdlib", "-nostartfiles"] + linker("-s"))]),

        // What benchmarks run in sandboxes: static, so that it runs in every image.
        .executableTarget(
            name: "assay-experiments", cSettings: strictC,
            linkerSettings: [
                .linkedLibrary("sqlite3"), .linkedLibrary("m"),
                .unsafeFlags(["-static-executable", "-nostartfiles"] + linker("-s")),
            ]),

        // The shortest of them, without any library.
        .executableTarget(
            name: "assay-hello", cSettings: strictC + [.unsafeFlags(["-fno-stack-protector"])],
            linkerSettings: [
                .unsafeFlags(
                    ["-use-ld=lld", "-nostartfiles", "-Xclang-linker", "-nostdlib"]
                        + linker("--as-needed", "--no-dynamic-linker", "--no-rosegment", "-znorelro", "-s", "-ehello"))
            ]),

        .executableTarget(
            name: "sandbox-bench", dependencies: ["Sandboxing", "Core", "TaskFormats", "assay-launcher"],
            path: "Benchmarks/Sandbox",
            swiftSettings: strict),

        .executableTarget(
            name: "scaling-simulation", dependencies: ["Storage", "Grading", "Core"], path: "Benchmarks/Scaling",
            swiftSettings: strict),

        tests("CoreTests", ["Core"]),
        tests("JSONDecodingTests", ["JSONDecoding"]),
        tests("HTTPServerTests", ["HTTPServer", "CLinux"]),
        tests("SandboxingTests", ["Sandboxing", "Core", "TaskFormats", logging, "assay-launcher"]),
        tests("StorageTests", ["Storage", "Core", "storage-writer", "PostgresFixture"]),
        // A database server for tests to start, crash and stop.
        .target(name: "PostgresFixture", path: "Tests/PostgresFixture", swiftSettings: strict),
        // A process for StorageTests to kill.
        .executableTarget(
            name: "storage-writer", dependencies: ["Storage", "Core"], path: "Tests/StorageWriter",
            swiftSettings: strict),
        tests("TaskFormatsTests", ["TaskFormats", "Core", "CArchive"]),
        tests("GradingTests", ["Grading", "Sandboxing", "Storage", "TaskFormats", "Core", logging, "assay-launcher"]),
        tests(
            "BenchmarkingTests",
            ["Benchmarking", "Sandboxing", "Core", "assay-launcher", "assay-experiments", "assay-hello"]),
        tests("APITests", ["API", "HTTPServer", "Core", .product(name: "CoreMetrics", package: "swift-metrics")]),
        tests("AssayTests", ["assay", "HTTPServer", "Core"]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Core", "assay", "assay-launcher", "assay-experiments", "assay-hello", "PostgresFixture"],
            exclude: ["schemathesis.toml"],
            resources: [.copy("Programs")],
            swiftSettings: strict),
    ]
)
