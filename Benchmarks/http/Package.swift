// swift-tools-version: 6.2
import PackageDescription

// The server of this repository and one on Hummingbird, side by side. A package of its own, so that nobody waits for
// SwiftNIO who does not measure. The library targets are links to the repository's own.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
]

let package = Package(
    name: "http-benchmark",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: [
        .target(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib"),
        .target(
            name: "HTTPServer",
            dependencies: ["CLinux", "COpenSSL", "CZlib", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings),
        .target(name: "JSONDecoding", swiftSettings: settings),
        .executableTarget(name: "ours", dependencies: ["HTTPServer", "JSONDecoding"], swiftSettings: settings),
        .executableTarget(
            name: "hummingbird", dependencies: [.product(name: "Hummingbird", package: "hummingbird")],
            swiftSettings: settings),
    ]
)
