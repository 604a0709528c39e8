import BufferSharing

/// The program that has the frames: it looks at each, and gives it back; some of them it keeps for a while and looks at
/// again, which is when their content may have been on disk.
struct BenchProgram {
    private(set) var check = ContentCheck()
    /// Its mappings are the same whatever the camera's policy is, and not measured.
    private let space = AddressSpace(name: "program")
    private let workload: PolicyWorkload
    private var attachments: [BufferIdentity: Attachment] = [:]
    private var held: [BenchFrame] = []

    init(_ workload: PolicyWorkload) {
        self.workload = workload
    }

    /// Takes a frame.
    /// - Returns: the frames that go back to the camera.
    mutating func take(_ frame: BenchFrame) -> [BenchFrame] {
        look(at: frame)
        var done: [BenchFrame] = []
        if Int(frame.number) % workload.holdsOneOf == 0 { held.append(frame) } else { done.append(frame) }
        while let first = held.first, Int(frame.number) - Int(first.number) >= workload.holdLength {
            done.append(held.removeFirst())
            look(at: first)
        }
        for frame in done { frame.buffer.setContentOwed(false) }
        return done
    }

    /// Looks at what it still has, and lets go of everything.
    mutating func stop() {
        for frame in held { look(at: frame) }
        held.removeAll()
        for attachment in attachments.values { attachment.detach() }
        attachments.removeAll()
    }

    var isBalanced: Bool { space.counters.isBalanced }

    private mutating func look(at frame: BenchFrame) {
        do throws(BufferSharingError) {
            let attachment = try attachment(to: frame.buffer)
            let mapping = try attachment.map(direction: .toDevice).mapping
            check.look(at: mapping, for: PageWords(owner: BenchCamera.owner, version: frame.number))
            attachment.unmap()
        } catch {
            check.fail(error)
        }
    }

    private mutating func attachment(to buffer: SharedBuffer) throws(BufferSharingError) -> Attachment {
        if let known = attachments[buffer.identity] { return known }
        let made = try space.attach(buffer, policy: .askAtMap)
        attachments[buffer.identity] = made
        return made
    }
}
