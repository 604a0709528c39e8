import LinuxSystem

/// What threads leave for another to take, in order.
final class Inbox<Item: Sendable>: Sendable {
    private let items = Locked<[Item]>([])
    /// Grows with each item.
    private let news = FutexWord()

    func put(_ item: Item) {
        items.withLock { $0.append(item) }
        news.increment()
        news.wake()
    }

    /// All that is there now.
    func takeAll() -> [Item] {
        items.withLock { items in
            let taken = items
            items.removeAll()
            return taken
        }
    }

    /// Waits until there is something, and takes all of it.
    func waitForItems() -> [Item] {
        while true {
            let seen = news.value
            let taken = takeAll()
            if !taken.isEmpty { return taken }
            news.wait(while: seen)
        }
    }
}
