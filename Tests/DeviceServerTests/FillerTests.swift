import DeviceProtocol
import RandomSupport
import Testing

/// The account of fillers against a model: the bytes that must stay unread, in every order of events.
@Suite struct FillerTests {
    @Test func aCaptureHandleKeepsOneFillerThroughAnyNumberOfAdoptions() {
        var account = FillerAccount()
        var unread = 0
        for _ in 0..<1000 {
            unread += 256
            let count = account.bytesToRead(unread: unread)
            account.didRead(count)
            unread -= count
            #expect(unread == 255)
        }
    }

    @Test func adoptionsThatArriveTogetherLeaveOneFiller() {
        var account = FillerAccount()
        let count = account.bytesToRead(unread: 3 * 256)
        #expect(count == 3 * 256 - 255)
    }

    @Test(arguments: UInt64(0)..<200)
    func anOutputHandleIsWritableExactlyWhileABufferIsThere(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var account = FillerAccount()
        // The program's fillers that are sent but have not arrived, and what has arrived and is unread.
        var underWay = 0
        var unread = 256
        var available = 0
        for step in 0..<500 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0:
                if available == 0 { account.announce() }
                available += 1
            case 1 where available > 0:
                available -= 1
                if available == 0 { underWay += 1 }
            case 2 where underWay > 0:
                unread += 255
                underWay -= 1
            case 3:
                unread += 256
            default: continue
            }
            let count = account.bytesToRead(unread: unread)
            account.didRead(count)
            unread -= count
            // A filler under way will be there, or will be read at once if a buffer came back meanwhile.
            if underWay == 0 {
                #expect(unread == (available == 0 ? 255 : 0), "seed \(seed), step \(step)")
            }
        }
    }
}
