import LinuxSystem

/// The devices of a command, each with its number.
struct DeviceList: Sendable {
    /// A device and the N of its /dev/videoN.
    struct Entry: Sendable {
        var node: Int
        var spec: DeviceSpec
    }

    let entries: [Entry]

    /// Reads the SPECs, and gives the numbers: those that ask for one get it, the others the next free ones.
    /// - Parameters:
    ///   - specs: may be empty: then there is one test pattern camera.
    ///   - firstNode: where the numbers begin.
    /// - Throws: `CommandFailure` (64) for a bad SPEC or a number used twice, (66) for a file that can't be read.
    init(_ specs: [String], firstNode: Int = 0) throws(CommandFailure) {
        guard (0...DeviceSettings.greatestNode).contains(firstNode) else {
            throw .usage("no device number \(firstNode); use 0 to \(DeviceSettings.greatestNode)")
        }
        var devices: [DeviceSpec] = []
        for text in specs {
            do { devices.append(try DeviceSpec(text)) } catch { throw .usage("\(error)") }
        }
        if devices.isEmpty { devices = [.camera(.standard)] }
        let cameras = devices.compactMap(\.camera)
        guard cameras.count(where: \.usesStandardInput) <= 1 else {
            throw .usage("two cameras read standard input; give one of them a file")
        }
        entries = try Self.number(devices, from: firstNode)
        for path in cameras.compactMap(\.path) { try Self.check(path) }
    }

    /// Whether one of them reads this process's standard input.
    var usesStandardInput: Bool { entries.contains { $0.spec.camera?.usesStandardInput == true } }

    private static func number(_ devices: [DeviceSpec], from first: Int) throws(CommandFailure) -> [Entry] {
        var taken: Set<Int> = []
        for node in devices.compactMap(\.settings.node) where !taken.insert(node).inserted {
            throw .usage("two devices want /dev/video\(node); change one of them to another node=")
        }
        var next = first
        var entries: [Entry] = []
        for device in devices {
            if let node = device.settings.node {
                entries.append(Entry(node: node, spec: device))
                continue
            }
            while taken.contains(next) { next += 1 }
            guard next <= DeviceSettings.greatestNode else {
                throw .usage("there is no number left for a device; use a lower --node")
            }
            taken.insert(next)
            entries.append(Entry(node: next, spec: device))
        }
        return entries
    }

    private static func check(_ path: String) throws(CommandFailure) {
        // An address, which ffmpeg opens: only it knows whether something is there.
        if path.contains("://") { return }
        do {
            let status = try Files.status(path)
            guard !status.isDirectory else { throw CommandFailure.input("'\(path)' is a directory; name a video file") }
            let file = try Files.open(path, .readOnly, options: .nonblocking)
            try file.close()
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw .input("can't read '\(path)': \(error); check the path")
        }
    }
}
