import BufferSharing
import LinuxSystem
import PixelFormats

/// Where the buffers of the measured camera come from.
enum BufferSource: Hashable, Sendable, CaseIterable {
    /// The queue's own, one for each index (MMAP).
    case own
    /// Imports (DMABUF), twice as many as the queue has indices, which take turns.
    case rotating
}

/// What every policy is put through: a camera, a program that looks at its frames, and a neighbour that now and then
/// wants a lot of the same heap's memory. A value: who does what at which moment is all decided here.
///
/// A moment is a tick of the camera's clock, when a frame is due.
struct PolicyWorkload: Hashable, Sendable {
    /// Bytes of a frame are two for each pixel, as in YUYV.
    var frameSize = FrameSize(width: 1920, height: 1080)
    /// Seconds from one frame to the next.
    var interval = Rational(1, 60)
    /// Moments that are measured.
    var frames = 120
    /// Bytes that all buffers together may have in memory; nil for ``standardBudget``.
    var budget: Int?
    /// Where content that is owed waits, on disk.
    var evictsTo = "/var/tmp"
    /// Whether content may wait in the system's swap.
    var usesSwap = false
    /// Whether camera, program and neighbour run side by side, each moment at its time. If not, one does its work after
    /// the other and without waiting, which is the same each time.
    var isLive = true

    // MARK: The camera and its program

    /// The camera's buffers, in any case.
    let bufferCount = 6

    /// Indices of the camera's queue.
    func indexCount(_ source: BufferSource) -> Int {
        switch source {
        case .own: bufferCount
        case .rotating: bufferCount / 2
        }
    }

    /// Of so many frames the program keeps one for a while.
    let holdsOneOf = 10
    /// For so many frames.
    let holdLength = 3

    /// Moments before those that are measured, in which every buffer gets its first memory.
    var warmUp: Int { 2 * bufferCount }
    var momentCount: Int { warmUp + frames }

    // MARK: The neighbour

    /// Buffers that it has all the time, and whose content it wants back.
    let lastingCount = 2
    /// Buffers that it allocates for each burst, and frees after it.
    let scratchCount = 3
    private let burstEvery = 30
    private let burstLength = 4

    enum Burst: Hashable, Sendable {
        /// It uses all of its buffers, and goes on using them.
        case begin
        /// It needs them no more.
        case end
    }

    /// What the neighbour does at a moment, if anything. The first burst comes a little after the warm-up, so that the
    /// shortest run has one.
    func burst(at moment: Int) -> Burst? {
        guard moment >= warmUp else { return nil }
        switch (moment - warmUp) % burstEvery {
        case 2: return .begin
        case 2 + burstLength: return .end
        default: return nil
        }
    }

    // MARK: Sizes

    /// Bytes of a frame, as of each buffer: whole pages. nil for more than can be expressed.
    var frameBytes: Int? {
        let (pixels, overflow) = Int(frameSize.width).multipliedReportingOverflow(by: Int(frameSize.height) * 2)
        return overflow ? nil : Memory.roundedToPages(pixels)
    }

    /// Buffers of everybody.
    var allBufferCount: Int { bufferCount + lastingCount + scratchCount }

    /// In buffers: the least budget with which the camera can have all of its own at once.
    var leastBudget: Int { bufferCount + 1 }

    /// In buffers: enough for what is in use at any time, but not for what is idle as well.
    let standardBudget = 8

    /// The budget in bytes, once ``frameBytes`` is known to be something.
    var budgetBytes: Int { budget ?? standardBudget * (frameBytes ?? 0) }
}
