import ArgumentParser
import LinuxSystem
import PixelFormats
import V4L2Types
import VideoCapture

/// `vb2 list`: the devices of a running server.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the devices of a running server.",
        discussion: """
            Prints each device with its name, its format now, whether a program streams from it, and the formats \
            that it offers. With --json, for monitoring: an array of one object for each device, with the keys node, \
            path, card, driver, bus, capabilities (V4L2_CAP_*), direction (capture, output), format, state (free, \
            allocated, streaming), ownerPid and ownerUid (absent if nobody has buffers; the process that opened the \
            device), handles (open files), frames, starved, late (counted since the server's start), buffers and bytes \
            (of buffers that exist). Keys stay what they are; there may come more.

            EXAMPLES
              vb2 list
              vb2 list --json
              vb2 list --directory /tmp/cameras
            """)

    @Option(
        help: ArgumentHelp(
            "Where the server listens. Default: $VB2_DIRECTORY, else $XDG_RUNTIME_DIR/vb2 or /run/user/UID/vb2, "
                + "else /tmp/vb2-UID.",
            valueName: "dir"))
    var directory: String?

    @Flag(help: "Print JSON, with counters, instead of lines for people.")
    var json = false

    func run() throws {
        let path = directory ?? ServerDirectory.standard()
        if json {
            return try StandardOutput.writeLine(try DeviceReport.text(ServerInformation(directory: path).devices))
        }
        let nodes = try ServerDirectory.nodes(in: path)
        guard !nodes.isEmpty else {
            throw CommandFailure.unavailable("no server listens in '\(path)'; start one with 'vb2 serve'")
        }
        var failures = 0
        var refusals = 0
        for node in nodes {
            do {
                let device = try CaptureDevice.forDescription(socket: ServerDirectory.socket(of: node, in: path))
                try StandardOutput.writeLine(try Self.describe(node, device))
            } catch let failure as CommandFailure {
                throw failure
            } catch CaptureError.notPermitted {
                refusals += 1
                failures += 1
                try StandardOutput.writeLine("/dev/video\(node)  (its server doesn't let user \(effectiveUserID) in)")
            } catch CaptureError.notFound {
                failures += 1
                try StandardOutput.writeLine("/dev/video\(node)  (its server has ended)")
            } catch {
                failures += 1
                try StandardOutput.writeLine("/dev/video\(node)  (\(error))")
            }
        }
        if refusals == nodes.count { throw CommandFailure.refused(path) }
        if failures == nodes.count {
            throw CommandFailure.unavailable("no server answers in '\(path)'; start one with 'vb2 serve'")
        }
    }

    /// A device in a few lines.
    static func describe(_ node: Int, _ device: CaptureDevice) throws -> String {
        let kind = device.bufferType.isOutput ? "output, " : ""
        let use = try device.isBusy() ? "streaming" : "free"
        let format = try device.format()
        let rate = try device.frameInterval().map { ", \(framesPerSecond($0)) frames/s" } ?? ""
        var lines = [
            "/dev/video\(node)  \(device.capability.card)  (\(kind)\(use))",
            "    now:    \(format)\(rate)",
        ]
        let formats = try device.formats()
        for group in stride(from: 0, to: formats.count, by: 8) {
            let names = formats[group..<min(group + 8, formats.count)].map { $0.fourCC.description }
            lines.append((group == 0 ? "    offers: " : "            ") + names.joined(separator: " "))
        }
        if let first = formats.first {
            let sizes = try device.frameSizes(for: first.fourCC).prefix(8).map(text)
            if !sizes.isEmpty { lines.append("    sizes:  " + sizes.joined(separator: ", ")) }
        }
        return lines.joined(separator: "\n")
    }

    private static func text(_ sizes: FrameSizes) -> String {
        switch sizes {
        case .discrete(let size): "\(size)"
        case .stepwise(let range): "\(range.minimum) to \(range.maximum) in steps of \(range.step)"
        }
    }

    /// The rate of an interval, with two decimals if it isn't whole.
    static func framesPerSecond(_ interval: Rational) -> String {
        let hundredths = UInt64(interval.denominator) * 100 / UInt64(max(interval.numerator, 1))
        let (whole, part) = (hundredths / 100, hundredths % 100)
        return part == 0 ? "\(whole)" : "\(whole).\(part < 10 ? "0" : "")\(part)"
    }
}
