/// Who accesses memory through an ``IOMMU``: the name that its faults carry, and what its DMA engine can do.
public struct DMADevice: Hashable, Sendable {
    public var name: String
    public var constraints: DMAConstraints

    public init(name: String, constraints: DMAConstraints = DMAConstraints()) {
        self.name = name
        self.constraints = constraints
    }
}
