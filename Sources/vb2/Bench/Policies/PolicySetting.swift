import Charts
import PixelFormats

/// The workload in words.
enum PolicySetting {
    static func text(_ workload: PolicyWorkload) -> String {
        let bytes = workload.frameBytes ?? 0
        let rate = (Double(workload.interval.denominator) / Double(workload.interval.numerator)).text(decimals: 0)
        return "A camera of \(workload.frameSize) at \(rate) frames/s has \(workload.bufferCount) buffers of "
            + "\(PolicyTable.mebibytes(bytes)) MiB, a neighbour wants \(workload.lastingCount + workload.scratchCount) "
            + "more in bursts; all share \(PolicyTable.mebibytes(workload.budgetBytes)) MiB"
    }
}
