// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "Examples",
    dependencies: [.package(name: "swift-videobuf2", path: "..")],
    targets: [
        .executableTarget(
            name: "grab",
            dependencies: [.product(name: "VideoCapture", package: "swift-videobuf2")])
    ],
    swiftLanguageModes: [.v6]
)
