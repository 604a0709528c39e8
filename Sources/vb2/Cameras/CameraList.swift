import LinuxSystem

/// The cameras of a command, each with its device number.
struct CameraList: Sendable {
    /// A camera and the N of its /dev/videoN.
    struct Entry: Sendable {
        var node: Int
        var spec: CameraSpec
    }

    let entries: [Entry]

    /// Reads the SPECs, and gives the numbers: those that ask for one get it, the others the next free ones.
    /// - Parameters:
    ///   - specs: may be empty: then there is one test pattern camera.
    ///   - firstNode: where the numbers begin.
    /// - Throws: `CommandFailure` (64) for a bad SPEC or a number used twice, (66) for a file that can't be read.
    init(_ specs: [String], firstNode: Int = 0) throws(CommandFailure) {
        guard (0...CameraSpec.greatestNode).contains(firstNode) else {
            throw .usage("no device number \(firstNode); use 0 to \(CameraSpec.greatestNode)")
        }
        var cameras: [CameraSpec] = []
        for text in specs {
            do { cameras.append(try CameraSpec(text)) } catch { throw .usage("\(error)") }
        }
        if cameras.isEmpty { cameras = [.standard] }
        guard cameras.count(where: \.usesStandardInput) <= 1 else {
            throw .usage("two cameras read standard input; give one of them a file")
        }
        entries = try Self.number(cameras, from: firstNode)
        for path in cameras.compactMap(\.path) { try Self.check(path) }
    }

    /// Whether one of them reads this process's standard input.
    var usesStandardInput: Bool { entries.contains { $0.spec.usesStandardInput } }

    private static func number(_ cameras: [CameraSpec], from first: Int) throws(CommandFailure) -> [Entry] {
        var taken: Set<Int> = []
        for node in cameras.compactMap(\.node) where !taken.insert(node).inserted {
            throw .usage("two cameras want /dev/video\(node); change one of them to another node=")
        }
        var next = first
        var entries: [Entry] = []
        for camera in cameras {
            if let node = camera.node {
                entries.append(Entry(node: node, spec: camera))
                continue
            }
            while taken.contains(next) { next += 1 }
            guard next <= CameraSpec.greatestNode else {
                throw .usage("there is no number left for a camera; use a lower --node")
            }
            taken.insert(next)
            entries.append(Entry(node: next, spec: camera))
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
