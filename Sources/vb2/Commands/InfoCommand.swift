import ArgumentParser
import BufferSharing

/// `vb2 info`: what buffers a running server holds, and what heaps this machine has.
struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Show the buffers of a running server, or the heaps that this machine has.",
        discussion: """
            One line for each buffer: its name, its size and how much of that is in memory now, who made it, where its \
            content is (resident; absent: nobody is owed it; pagedOut: in swap; stored: on disk), uses that are under \
            way and pins, how often it moved, maps and how many of them cost nothing, and who is attached to it, with \
            the policy by which the mapping is kept. 'held': somebody is owed the content; 'shared': a descriptor has \
            left the server; 'guarded': every process that has one waits for the memory, so that it may leave.

            EXAMPLES
              vb2 info --buffers
              vb2 info --buffers --directory /tmp/cameras
              vb2 info --heaps
            """)

    @Flag(help: "The buffers of a server (the default).")
    var buffers = false

    @Flag(help: "The heaps that 'run' and 'serve' can use here, and why not the others.")
    var heaps = false

    @Option(
        help: ArgumentHelp("Where the server listens. Default: as for 'vb2 list'.", valueName: "dir"))
    var directory: String?

    func run() throws {
        if heaps { try StandardOutput.writeLine(HeapList.text()) }
        if buffers || !heaps { try showBuffers() }
    }

    private func showBuffers() throws {
        let path = directory ?? ServerDirectory.standard()
        try StandardOutput.writeLine(BufferTable.text(try ServerInformation(directory: path).buffers))
    }
}

/// The heaps of this machine for people.
enum HeapList {
    static func text(
        _ kernel: KernelHeaps = .probe(), hugePages: String? = MemoryFileHeap(pages: .transparentHuge).shortfall
    ) -> String {
        var lines = ["memory     yes", "thp        \(hugePages ?? "yes")"]
        for finding in [kernel.udmabuf] + kernel.dmaHeaps {
            let name = finding.name + String(repeating: " ", count: max(1, 11 - finding.name.count))
            lines.append(name + (finding.obstacle ?? "yes"))
        }
        return lines.joined(separator: "\n")
    }
}

/// Buffers as a table for people.
enum BufferTable {
    private static let titles = [
        "NAME", "SIZE", "RESIDENT", "EXPORTER", "PLACE", "USES", "PINS", "MOVES", "FENCES", "MAPS", "KEPT", "STATE",
        "ATTACHED",
    ]

    static func text(_ buffers: [BufferInformation]) -> String {
        let rows = [titles] + buffers.map(row)
        let widths = titles.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
                .joined(separator: "  ").trimmingTrailingSpaces
        }
        let size = buffers.reduce(0) { $0 + $1.size }
        let resident = buffers.reduce(0) { $0 + $1.residentBytes }
        lines.append("\(buffers.count) buffers, \(kibibytes(size)), \(kibibytes(resident)) of it in memory")
        return lines.joined(separator: "\n")
    }

    private static func row(_ buffer: BufferInformation) -> [String] {
        let state =
            (buffer.isContentOwed ? ["held"] : []) + (buffer.isHandedOut ? ["shared"] : [])
            + (buffer.guards > 0 && buffer.isGuarded ? ["guarded"] : [])
        return [
            buffer.name.isEmpty ? "-" : buffer.name, kibibytes(buffer.size), kibibytes(buffer.residentBytes),
            buffer.exporter, "\(buffer.place)", "\(buffer.uses)", "\(buffer.pins)", "\(buffer.moves)",
            "\(buffer.fences)",
            "\(buffer.maps)",
            "\(buffer.keptMaps)", state.isEmpty ? "-" : state.joined(separator: ","),
            buffer.attachments.isEmpty ? "-" : buffer.attachments.joined(separator: ","),
        ]
    }

    private static func kibibytes(_ bytes: Int) -> String { "\((bytes + 1023) >> 10) KiB" }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
    }
}
