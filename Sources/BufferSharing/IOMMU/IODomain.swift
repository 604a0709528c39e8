import LinuxSystem

/// What is known in one protection domain, and what follows from it. Knows no lock, and touches no memory.
struct IODomain: Sendable {
    /// The part of a page that a device may access.
    struct Target: Sendable {
        var backing: any IOBacking
        /// The bytes of the backing; not empty.
        var range: Range<Int>
    }

    /// ``IOMapping/State``, with what it needs.
    private enum State: Sendable {
        case mapped(any IOBacking)
        case revoked
        case unmapped
    }

    private struct Record: Sendable {
        var state: State
        var segments: [DMASegment]
    }

    private var addressing: any IOAddressing
    private var records: [IOHandle: Record] = [:]
    /// How many handles there are.
    private let handleLimit: UInt32
    private var lastHandle = IOHandle(truncating: 0)
    private var counts = IOMMUStatistics()
    private(set) var log: FaultLog

    init(_ addressing: any IOAddressing, faultCapacity: Int, handleLimit: UInt32) {
        self.addressing = addressing
        self.handleLimit = min(handleLimit, IOHandle.limit)
        log = FaultLog(capacity: faultCapacity)
    }

    var statistics: IOMMUStatistics {
        var statistics = counts
        statistics.mappings = records.count
        statistics.faults = log.total
        addressing.report(to: &statistics)
        return statistics
    }

    func state(of handle: IOHandle) -> IOMapping.State {
        switch records[handle]?.state {
        case .mapped: .mapped
        case .revoked: .revoked
        case .unmapped, nil: .unmapped
        }
    }

    /// - Throws: as ``IOAddressing/place(_:as:)``; ENOMEM when there are as many mappings as handles.
    mutating func map(_ request: IOPlacement) throws(Errno) -> (handle: IOHandle, segments: [DMASegment]) {
        guard records.count < Int(handleLimit) else { throw .noMemory }
        // A number is used again only after all others, so that an old translation doesn't fit a new mapping.
        var handle = lastHandle
        repeat {
            handle = IOHandle(truncating: (handle.rawValue + 1) % handleLimit)
        } while records[handle] != nil
        let segments = try addressing.place(request, as: handle)
        lastHandle = handle
        records[handle] = Record(state: .mapped(request.backing), segments: segments)
        counts.maps += 1
        return (handle, segments)
    }

    /// - Returns: whether there was something to unmap, and the backing, which is to be released by somebody who
    ///   holds no lock.
    mutating func unmap(_ handle: IOHandle) -> (done: Bool, backing: (any IOBacking)?) {
        switch records[handle]?.state {
        case .mapped(let backing):
            addressing.withdraw(handle)
            records[handle]?.state = .unmapped
            counts.unmaps += 1
            return (true, backing)
        case .revoked:
            records[handle]?.state = .unmapped
            counts.unmaps += 1
            return (true, nil)
        case .unmapped, nil:
            return (false, nil)
        }
    }

    /// - Returns: as ``unmap(_:)``.
    mutating func revoke(_ handle: IOHandle) -> (done: Bool, backing: (any IOBacking)?) {
        guard case .mapped(let backing) = records[handle]?.state else { return (false, nil) }
        addressing.withdraw(handle)
        records[handle]?.state = .revoked
        counts.revocations += 1
        return (true, backing)
    }

    /// Nobody has the mapping any more.
    /// - Returns: the backing, as ``unmap(_:)``.
    mutating func forget(_ handle: IOHandle) -> (any IOBacking)? {
        let backing = unmap(handle).backing
        addressing.release(handle)
        records[handle] = nil
        return backing
    }

    /// What a device gets at an address: at most `count` bytes, and not beyond the page.
    /// - Throws: the fault, which is recorded.
    mutating func resolve(
        _ address: UInt64, count: Int, _ access: IOAccess, by device: DMADevice
    ) throws(IOFault) -> Target {
        let page = IOPage.number(of: address)
        if address > device.constraints.highestAddress || page >= addressing.pageLimit {
            throw fault(.beyondMask, at: address, access, by: device)
        }
        guard let entry = addressing.find(page, for: access) else {
            throw fault(isRevoked(address) ? .revoked : .unmapped, at: address, access, by: device)
        }
        guard case .mapped(let backing) = records[entry.handle]?.state else {
            counts.staleTranslations += 1
            throw fault(isRevoked(address) ? .revoked : .unmapped, at: address, access, by: device)
        }
        guard entry.access.isSuperset(of: access) else {
            throw fault(.permission, at: address, access, by: device)
        }
        let offset = Int(address % UInt64(IOPage.size))
        let start = entry.page * IOPage.size + offset
        let end = min(start + min(count, IOPage.size - offset), backing.byteCount)
        // The last page has memory up to the backing's end only.
        guard start < end else { throw fault(.unmapped, at: address, access, by: device) }
        return Target(backing: backing, range: start..<end)
    }

    private mutating func fault(
        _ reason: IOFault.Reason, at address: UInt64, _ access: IOAccess, by device: DMADevice
    ) -> IOFault {
        log.record(device: device.name, address: address, access: access, reason: reason)
    }

    /// Whether the page is one of a mapping that was revoked. Asked for faults only, which are rare or don't hurry.
    private func isRevoked(_ address: UInt64) -> Bool {
        let page = IOPage.number(of: address)
        return records.values.contains { record in
            guard case .revoked = record.state else { return false }
            return record.segments.contains { segment in
                (IOPage.number(of: segment.address)...IOPage.number(of: segment.end - 1)).contains(page)
            }
        }
    }
}
