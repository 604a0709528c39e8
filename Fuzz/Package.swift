// swift-tools-version: 6.2
import PackageDescription

// A package of its own: all that it is built of is built for a fuzzer, with counters at each branch and with
// AddressSanitizer (see Scripts/fuzz.sh).
let package = Package(
    name: "Fuzz",
    dependencies: [.package(name: "swift-videobuf2", path: "..")],
    targets: [
        // libFuzzer's entry, which has no header in the toolchain.
        .target(name: "CFuzzer"),
        .executableTarget(
            name: "Fuzz",
            dependencies: ["CFuzzer", .product(name: "HostileSupport", package: "swift-videobuf2")],
            swiftSettings: [
                .strictMemorySafety(),
                .enableUpcomingFeature("InternalImportsByDefault"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
            ],
            // gold gives up on the sanitizer's debug information.
            linkerSettings: [.unsafeFlags(["-use-ld=lld"])]),
    ],
    swiftLanguageModes: [.v6]
)
