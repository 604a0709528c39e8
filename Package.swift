// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target of ours is built with these. A pointer is marked `unsafe` where it is used,
/// an `any` is written, an import is internal unless it says otherwise.
let strict: [SwiftSetting] = [
    .strictMemorySafety(),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// The shim is loaded into strangers' programs: Embedded Swift, no runtime, and no symbol but the
/// ones that it interposes. Nothing may depend on it, or these flags would break that target's link.
let embedded: [SwiftSetting] =
    strict + [
        .enableExperimentalFeature("Embedded"),
        .unsafeFlags(["-wmo", "-Xfrontend", "-disable-stack-protector"]),
    ]

let package = Package(
    name: "swift-videobuf2",
    products: [
        .library(name: "BufferSharing", targets: ["BufferSharing", "LinuxSystem"]),
        .library(name: "BufferQueue", targets: ["BufferQueue"]),
        .library(name: "VideoDevice", targets: ["VideoDevice"]),
        .library(name: "DeviceServer", targets: ["DeviceServer"]),
        .library(name: "VirtualDevices", targets: ["VirtualDevices"]),
        .library(name: "VideoCapture", targets: ["VideoCapture"]),
        .library(name: "VideoShim", type: .dynamic, targets: ["VideoShim"]),
        .executable(name: "vb2", targets: ["vb2"]),
        // For Benchmarks/, which is a package of its own.
        .library(name: "ProgramSupport", targets: ["ProgramSupport"]),
        // For Fuzz/, which is another.
        .library(name: "HostileSupport", targets: ["HostileSupport"]),
        .library(name: "Pictures", targets: ["PixelFormats", "Imaging", "PictureSources"]),
        .library(name: "Charts", targets: ["Charts"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        // The kernel's interface and ours, in C: structs and constants, no logic.
        .target(name: "CVideoABI"),
        .target(name: "CLinuxSystem"),
        .systemLibrary(name: "CYUV", providers: [.apt(["libyuv-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(
            name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),

        // The operating system's floor.
        .target(
            name: "LinuxSystem",
            dependencies: [
                "CLinuxSystem", .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),

        // Pictures.
        .target(name: "PixelFormats", swiftSettings: strict),
        .target(
            name: "Imaging",
            dependencies: ["PixelFormats", "LinuxSystem", "CYUV", "CPNG", "CTurboJPEG"],
            swiftSettings: strict),

        .target(
            name: "PictureSources", dependencies: ["Imaging", "PixelFormats", "LinuxSystem"],
            swiftSettings: strict),

        // Buffers and queues.
        .target(name: "BufferSharing", dependencies: ["LinuxSystem"], swiftSettings: strict),
        .target(
            name: "BufferQueue",
            dependencies: [
                "BufferSharing", "LinuxSystem",
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: strict),

        // V4L2.
        .target(
            name: "V4L2Types",
            dependencies: [
                "CVideoABI", "PixelFormats", .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .target(
            name: "VideoDevice",
            dependencies: [
                "CVideoABI", "V4L2Types", "BufferQueue", "BufferSharing", "LinuxSystem", "PixelFormats",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .target(
            name: "VirtualDevices",
            dependencies: [
                "VideoDevice", "V4L2Types", "BufferQueue", "BufferSharing", "PictureSources", "Imaging", "PixelFormats",
                "LinuxSystem", .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),

        // Between a program and the server.
        .target(name: "DeviceProtocol", dependencies: ["CVideoABI", "LinuxSystem"], swiftSettings: strict),
        .target(
            name: "DeviceServer",
            dependencies: [
                "DeviceProtocol", "VideoDevice", "BufferSharing", "LinuxSystem",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .target(name: "DeviceClientCore", dependencies: ["CVideoABI"], swiftSettings: strict),
        .target(
            name: "DeviceClient", dependencies: ["CVideoABI", "DeviceClientCore", "LinuxSystem"],
            swiftSettings: strict),
        .target(
            name: "DeviceClientCoreEmbedded", dependencies: ["CVideoABI"], swiftSettings: embedded),
        .target(
            name: "VideoShim", dependencies: ["CVideoABI", "DeviceClientCoreEmbedded"],
            exclude: ["exports.map"],
            cSettings: [.unsafeFlags(["-fvisibility=hidden", "-fno-stack-protector", "-U_FORTIFY_SOURCE"])],
            linkerSettings: [
                .unsafeFlags([
                    "-use-ld=lld", "-enable-experimental-feature", "Embedded",
                    "-Xlinker", "--version-script=Sources/VideoShim/exports.map",
                    "-Xlinker", "-Bsymbolic", "-Xlinker", "--gc-sections",
                ]),
                .unsafeFlags(["-Xlinker", "-s"], .when(configuration: .release)),
            ]),

        // Measurements as pictures.
        .target(name: "Charts", swiftSettings: strict),

        // For programs in Swift, and the command.
        .target(
            name: "VideoCapture",
            dependencies: ["DeviceClient", "CVideoABI", "V4L2Types", "PixelFormats", "LinuxSystem"],
            swiftSettings: strict),
        .executableTarget(
            name: "vb2",
            dependencies: [
                "DeviceServer", "DeviceProtocol", "VideoDevice", "VirtualDevices", "VideoCapture", "BufferQueue",
                "BufferSharing", "V4L2Types", "PictureSources", "Imaging", "PixelFormats", "LinuxSystem", "Charts",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        // Numbers by chance that are the same in every run.
        .target(name: "RandomSupport", path: "Tests/RandomSupport", swiftSettings: strict),
        .testTarget(
            name: "LinuxSystemTests", dependencies: ["LinuxSystem", "RandomSupport"], swiftSettings: strict),
        .testTarget(
            name: "BufferSharingTests",
            dependencies: [
                "BufferSharing", "CLinuxSystem", "FaultSupport", "LinuxSystem", "ProgramSupport", "RandomSupport",
            ],
            swiftSettings: strict),
        // What is left behind when a system call fails: see CallFaults.
        .target(
            name: "FaultSupport", dependencies: ["BufferSharing", "LinuxSystem"], path: "Tests/FaultSupport",
            swiftSettings: strict),
        .testTarget(
            name: "BufferQueueTests",
            dependencies: ["BufferQueue", "BufferSharing", "FaultSupport", "LinuxSystem", "RandomSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "V4L2TypesTests",
            dependencies: [
                "CVideoABI", "V4L2Types", "PixelFormats", "RandomSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "VideoDeviceTests",
            dependencies: [
                "CVideoABI", "V4L2Types", "VideoDevice", "PixelFormats", "RandomSupport",
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(name: "PixelFormatsTests", dependencies: ["PixelFormats"], swiftSettings: strict),
        .testTarget(
            name: "ImagingTests", dependencies: ["Imaging", "LinuxSystem", "PixelFormats"], swiftSettings: strict),
        .testTarget(
            name: "PictureSourcesTests", dependencies: ["PictureSources", "Imaging", "LinuxSystem", "PixelFormats"],
            swiftSettings: strict),
        .testTarget(name: "ChartsTests", dependencies: ["Charts"], swiftSettings: strict),
        .testTarget(
            name: "VideoCaptureTests",
            dependencies: ["VideoCapture", "V4L2Types", "CVideoABI", "PixelFormats", "LinuxSystem"],
            swiftSettings: strict),
        // Runs the built command and unmodified programs under it; nothing here is linked into them.
        .target(
            name: "ProgramSupport", dependencies: ["LinuxSystem"], path: "Tests/ProgramSupport",
            swiftSettings: strict),
        // Speaks the wire protocol wrongly: for the fuzzers and for the tests of the server.
        .target(
            name: "HostileSupport",
            dependencies: [
                "DeviceServer", "DeviceProtocol", "VirtualDevices", "VideoDevice", "V4L2Types", "BufferQueue",
                "BufferSharing", "PixelFormats", "LinuxSystem", "CVideoABI",
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/HostileSupport", swiftSettings: strict),
        .testTarget(
            name: "FuzzTests", dependencies: ["HostileSupport", "LinuxSystem", "RandomSupport"], swiftSettings: strict),
        .testTarget(
            name: "VirtualDevicesTests",
            dependencies: [
                "VirtualDevices", "VideoDevice", "V4L2Types", "BufferQueue", "BufferSharing", "PictureSources",
                "Imaging",
                "PixelFormats", "LinuxSystem", .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "vb2", "DeviceServer", "DeviceProtocol", "ProgramSupport", "VirtualDevices", "BufferSharing",
                "PictureSources", "Imaging", "PixelFormats",
                "LinuxSystem", "Charts", .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
        .testTarget(name: "ShimTests", dependencies: ["ProgramSupport", "LinuxSystem"], swiftSettings: strict),
        .testTarget(
            name: "OracleTests", dependencies: ["ProgramSupport", "LinuxSystem"], swiftSettings: strict),
        // Runs in an emulated kernel that has dma-buf heaps: see Scripts/kernel-oracle.
        .target(name: "CVirtualGEM", path: "Tests/CVirtualGEM"),
        .executableTarget(
            name: "KernelBufferProbe", dependencies: ["BufferSharing", "CVideoABI", "CVirtualGEM", "LinuxSystem"],
            path: "Tests/KernelBufferProbe", swiftSettings: strict),
        .testTarget(name: "ProgramTests", dependencies: ["ProgramSupport", "LinuxSystem"], swiftSettings: strict),
        .testTarget(
            name: "DeviceServerTests",
            dependencies: [
                "DeviceServer", "DeviceClient", "DeviceClientCore", "VideoCapture", "VideoDevice", "V4L2Types",
                "BufferQueue", "BufferSharing", "FaultSupport", "HostileSupport", "ProgramSupport", "RandomSupport",
                "PixelFormats", "LinuxSystem", "CVideoABI", "DeviceProtocol",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
