// swift-tools-version: 6.2
import PackageDescription

/// As in the main package.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

// A package of its own: who builds or uses the libraries builds no benchmarks.
let package = Package(
    name: "Benchmarks",
    dependencies: [.package(name: "swift-videobuf2", path: "..")],
    targets: [
        // The references: what the system does by itself, called as directly as can be.
        .target(name: "CBenchmarks"),
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "CBenchmarks",
                .product(name: "BufferSharing", package: "swift-videobuf2"),
                .product(name: "Charts", package: "swift-videobuf2"),
                .product(name: "Pictures", package: "swift-videobuf2"),
                .product(name: "ProgramSupport", package: "swift-videobuf2"),
            ],
            swiftSettings: strict),
        // A server that valgrind can run: the command's own main function waits in a way that valgrind 3.19 doesn't
        // survive (sigsuspend with a set in read-only memory).
        .executableTarget(
            name: "FrameServer",
            dependencies: [
                .product(name: "DeviceServer", package: "swift-videobuf2"),
                .product(name: "VirtualDevices", package: "swift-videobuf2"),
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
