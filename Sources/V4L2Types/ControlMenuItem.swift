package import CVideoABI

/// One choice of a menu control: VIDIOC_QUERYMENU.
public enum ControlMenuItem: Sendable, Hashable {
    /// Of a menu: a text of at most 31 bytes.
    case name(String)
    /// Of an integer menu: a number.
    case value(Int64)

    package init(_ c: v4l2_querymenu, type: ControlType) {
        self = type == .integerMenu ? .value(c.value) : .name(FixedText.load(c.name))
    }

    /// Fills everything but the id and the index, which the program gave.
    package func encode(into c: inout v4l2_querymenu) {
        let (id, index) = (c.id, c.index)
        c = v4l2_querymenu()
        c.id = id
        c.index = index
        switch self {
        case .name(let text): FixedText.store(text, into: &c.name)
        case .value(let number): c.value = number
        }
    }
}
