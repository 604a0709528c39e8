import CVideoABI
import DeviceProtocol
import LinuxSystem
import V4L2Types

/// An owner that streams, and writes into the page: between its requests, and while the server is at work.
enum RingFuzz {
    static func run(_ input: [UInt8]) {
        var bytes = FuzzBytes(input)
        let server = FuzzServer(kind: bytes.number(8))
        do {
            guard let client = server.open(), let page = client.page else { fatalError("no client") }
            let type = server.device.bufferType.rawValue
            let memory = UInt32([1, 1, 2, 4][bytes.number(4)])
            try? client.send(.requestBuffers(UInt32(bytes.number(6)), type: type, memory: memory))
            for _ in 0..<200 where !bytes.isAtEnd {
                step(&bytes, client, page, server, type, memory)
                server.turn(client)
                FuzzDevices.check(server.device.queue)
            }
            server.device.onService = {}
        }
        server.finish()
    }

    private static func step(
        _ bytes: inout FuzzBytes, _ client: HostileClient, _ page: SharedPage, _ server: FuzzServer, _ type: UInt32,
        _ memory: UInt32
    ) {
        switch bytes.number(16) {
        case 0...2: forge(&bytes, page)
        case 3: write(&bytes, page)
        case 4: try? client.send(.wake)
        case 5: try? client.send(.sync(ringAgain: bytes.number(2) == 0))
        case 6...7:
            try? client.send(
                .buffer(
                    [VB2_VIDIOC_QBUF, VB2_VIDIOC_PREPARE_BUF][bytes.number(2)], bytes.word(), type: type,
                    memory: memory))
        case 8: try? client.send(.stream(on: true, type: type))
        case 9: try? client.send(.stream(on: false, type: type))
        case 10: try? client.send(.requestBuffers(UInt32(bytes.number(8)), type: type, memory: memory))
        case 11:
            // As a program takes a buffer.
            let count = page[VB2_AT_DONE]
            if count > 0 { page[VB2_AT_DONE] = count - 1 }
        case 12:
            // In the device's own time.
            let writes = (0..<bytes.number(4)).map { _ in (place(&bytes, page), bytes.word()) }
            let forged = bytes.number(2) == 0
            server.device.onService = {
                for (place, word) in writes { page[place] = word }
                if forged { page.forge(index: 0, epoch: page.epoch) }
            }
        case 13: server.device.onService = {}
        case 14:
            var request = HostileRequest(UInt32(VB2_OP_START_IO))
            request.value = UInt32(bytes.number(3))
            try? client.send(request)
        default:
            let ioctl: Ioctl = bytes.number(2) == 0 ? .createBuffers : .removeBuffers
            try? client.send(.ioctl(ioctl.command, IoctlFuzz.bytes(ioctl.argumentSize, &bytes)))
        }
    }

    private static func forge(_ bytes: inout FuzzBytes, _ page: SharedPage) {
        let epoch = bytes.number(8) == 0 ? bytes.word() : page.epoch
        page.forge(index: bytes.word(), epoch: epoch)
    }

    private static func write(_ bytes: inout FuzzBytes, _ page: SharedPage) {
        let place = place(&bytes, page)
        page[place] = bytes.word()
    }

    private static func place(_ bytes: inout FuzzBytes, _ page: SharedPage) -> Int {
        switch bytes.number(4) {
        case 0: SharedPage.fields[bytes.number(SharedPage.fields.count)]
        // A slot's words.
        case 1: (page.slotsOffset & 0xFFFF) + bytes.number(6) * MemoryLayout<vb2_slot>.stride + bytes.number(114) * 4
        case 2: (page.queuedOffset & 0xFFFF) + Int(bytes.byte()) * 4
        default: Int(bytes.word() % UInt32(page.byteCount))
        }
    }
}
