import Charts
import LinuxSystem

/// The file that a picture goes to, opened before the work whose picture it is.
struct ChartFile: ~Copyable {
    private let path: String
    private let file: OwnedDescriptor

    /// - Throws: `CommandFailure` (73) when it can't be written.
    init(_ path: String) throws(CommandFailure) {
        self.path = path
        do throws(Errno) {
            file = try Files.open(path, .writeOnly, options: [.create, .truncate])
        } catch {
            throw Self.failure(path, error)
        }
    }

    /// - Throws: `CommandFailure` (73): the disk is full.
    func write(_ picture: SVGDocument) throws(CommandFailure) {
        do { try file.writeAll(picture.content) } catch { throw Self.failure(path, error) }
    }

    private static func failure(_ path: String, _ error: Errno) -> CommandFailure {
        .output("can't write '\(path)': \(error); name another --svg")
    }
}
