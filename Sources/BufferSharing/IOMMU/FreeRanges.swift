/// The holes of an address space, as a search tree by address in which every node knows the longest hole below it.
///
/// A treap: a binary tree by address that is a heap by a number that is as good as random, and so about balanced. All
/// steps are O(log n) of the number of holes.
struct FreeRanges: Sendable {
    private struct Node: Sendable {
        var range: Range<UInt64>
        /// The length of the longest range of this node and all below it.
        var longest: UInt64
        var left = none
        var right = none
        let priority: UInt64
    }

    private static let none = -1

    private var nodes: [Node] = []
    private var unused: [Int] = []
    private var root = none
    /// All pages of all holes.
    private(set) var pageCount: UInt64 = 0

    /// How many holes there are.
    var count: Int { nodes.count - unused.count }

    /// Adds a hole, and joins it with its neighbours.
    /// - Precondition: no page of it is in a hole.
    mutating func add(_ range: Range<UInt64>) {
        if range.isEmpty { return }
        pageCount += range.length
        var joined = range
        if let before = last(startingBefore: range.lowerBound), before.upperBound == range.lowerBound {
            removeNode(startingAt: before.lowerBound)
            joined = before.lowerBound..<joined.upperBound
        }
        if let after = last(startingBefore: range.upperBound + 1), after.lowerBound == range.upperBound {
            removeNode(startingAt: after.lowerBound)
            joined = joined.lowerBound..<after.upperBound
        }
        insertNode(joined)
    }

    /// Takes the highest place that fits out of its hole, or gives nil when there is none.
    ///
    /// O(log n) for a request of any place in the page; each hole that is long enough and fails for its alignment or
    /// the boundary costs a step more.
    mutating func takeHighest(_ request: AddressRequest) -> Range<UInt64>? {
        guard let (node, place) = highest(request, below: root) else { return nil }
        let hole = nodes[node].range
        removeNode(startingAt: hole.lowerBound)
        insertNode(hole.lowerBound..<place.lowerBound)
        insertNode(place.upperBound..<hole.upperBound)
        pageCount -= place.length
        return place
    }

    private func highest(_ request: AddressRequest, below node: Int) -> (node: Int, place: Range<UInt64>)? {
        guard node != Self.none, nodes[node].longest >= request.pageCount else { return nil }
        if nodes[node].range.lowerBound < request.limit {
            if let found = highest(request, below: nodes[node].right) { return found }
            if let place = request.highestPlace(in: nodes[node].range) { return (node, place) }
        }
        return highest(request, below: nodes[node].left)
    }

    private func last(startingBefore page: UInt64) -> Range<UInt64>? {
        var found: Range<UInt64>?
        var node = root
        while node != Self.none {
            if nodes[node].range.lowerBound < page {
                found = nodes[node].range
                node = nodes[node].right
            } else {
                node = nodes[node].left
            }
        }
        return found
    }
}

/// The tree's own work.
extension FreeRanges {
    private mutating func insertNode(_ range: Range<UInt64>) {
        if range.isEmpty { return }
        let node = Node(range: range, longest: range.length, priority: Self.mixed(range.lowerBound))
        let index: Int
        if let free = unused.popLast() {
            index = free
            nodes[index] = node
        } else {
            index = nodes.count
            nodes.append(node)
        }
        let (low, high) = split(root, before: range.lowerBound)
        root = merge(merge(low, index), high)
    }

    private mutating func removeNode(startingAt page: UInt64) {
        let (low, rest) = split(root, before: page)
        let (single, high) = split(rest, before: page + 1)
        unused.append(single)
        root = merge(low, high)
    }

    /// The nodes of ranges that start before the page, and the others.
    private mutating func split(_ node: Int, before page: UInt64) -> (low: Int, high: Int) {
        if node == Self.none { return (Self.none, Self.none) }
        if nodes[node].range.lowerBound < page {
            let (low, high) = split(nodes[node].right, before: page)
            nodes[node].right = low
            update(node)
            return (node, high)
        }
        let (low, high) = split(nodes[node].left, before: page)
        nodes[node].left = high
        update(node)
        return (low, node)
    }

    private mutating func merge(_ low: Int, _ high: Int) -> Int {
        if low == Self.none { return high }
        if high == Self.none { return low }
        if nodes[low].priority > nodes[high].priority {
            nodes[low].right = merge(nodes[low].right, high)
            update(low)
            return low
        }
        nodes[high].left = merge(low, nodes[high].left)
        update(high)
        return high
    }

    private mutating func update(_ node: Int) {
        var longest = nodes[node].range.length
        for child in [nodes[node].left, nodes[node].right] where child != Self.none {
            longest = max(longest, nodes[child].longest)
        }
        nodes[node].longest = longest
    }

    /// The end of SplitMix64: neighbouring addresses give numbers that have nothing to do with each other.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

extension Range<UInt64> {
    /// How many there are, which `count` can't say of all ranges.
    var length: UInt64 { upperBound - lowerBound }
}
