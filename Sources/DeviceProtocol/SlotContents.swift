import CVideoABI

/// A slot of the page, as a value: read once, it can't change any more.
package struct SlotContents: Sendable {
    package struct Plane: Sendable {
        package var bytesUsed: UInt32 = 0
        package var length: UInt32 = 0
        package var dataOffset: UInt32 = 0
        package var mapOffset: UInt32 = 0
        package var userPointer: UInt64 = 0
        package var descriptor: Int32 = 0
        package var device: UInt64 = 0
        package var inode: UInt64 = 0

        package init() {}
    }

    package var state = SlotState.none
    package var flags: UInt32 = 0
    package var field: UInt32 = 0
    package var sequence: UInt32 = 0
    package var seconds: Int64 = 0
    package var microseconds: Int64 = 0
    package var timecode: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    package var planes: [8 of Plane] = .init(repeating: Plane())

    package init() {}

    /// Each field is loaded once; a program that writes at the same time gets a mixture, and its own fault.
    init(reading slot: UnsafeMutablePointer<vb2_slot>) {
        let copy = unsafe UnsafeRawPointer(slot).loadUnaligned(as: vb2_slot.self)
        state = SlotState(rawValue: copy.state) ?? .none
        flags = copy.flags
        field = copy.field
        sequence = copy.sequence
        seconds = copy.seconds
        microseconds = copy.microseconds
        timecode = copy.timecode
        let base = unsafe UnsafeRawPointer(slot) + Self.planesOffset
        for index in 0..<8 {
            let plane = unsafe (base + index * MemoryLayout<vb2_plane_slot>.stride)
                .loadUnaligned(as: vb2_plane_slot.self)
            planes[index].bytesUsed = plane.bytes_used
            planes[index].length = plane.length
            planes[index].dataOffset = plane.data_offset
            planes[index].mapOffset = plane.map_offset
            planes[index].userPointer = plane.user_pointer
            planes[index].descriptor = plane.descriptor
            planes[index].device = plane.device
            planes[index].inode = plane.inode
        }
    }

    func write(to slot: UnsafeMutablePointer<vb2_slot>) {
        unsafe slot.pointee.flags = flags
        unsafe slot.pointee.field = field
        unsafe slot.pointee.sequence = sequence
        unsafe slot.pointee.seconds = seconds
        unsafe slot.pointee.microseconds = microseconds
        unsafe slot.pointee.timecode = timecode
        let base = unsafe UnsafeMutableRawPointer(slot) + Self.planesOffset
        for index in 0..<8 {
            let plane = planes[index]
            let raw = vb2_plane_slot(
                bytes_used: plane.bytesUsed, length: plane.length, data_offset: plane.dataOffset,
                map_offset: plane.mapOffset, user_pointer: plane.userPointer, descriptor: plane.descriptor,
                reserved: 0, device: plane.device, inode: plane.inode)
            unsafe (base + index * MemoryLayout<vb2_plane_slot>.stride).storeBytes(of: raw, as: vb2_plane_slot.self)
        }
    }

    private static let planesOffset = MemoryLayout<vb2_slot>.size - 8 * MemoryLayout<vb2_plane_slot>.stride
}
