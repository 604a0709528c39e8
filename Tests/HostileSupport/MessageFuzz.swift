import CVideoABI
import DeviceProtocol
import Glibc
import LinuxSystem
import V4L2Types

/// Messages on the control channel, right and wrong, with descriptors; and bytes on the program's own socket.
enum MessageFuzz {
    static func run(_ input: [UInt8]) {
        var bytes = FuzzBytes(input)
        let server = FuzzServer(kind: bytes.number(8))
        do {
            let isOpen = bytes.number(8) > 0
            guard let client = isOpen ? server.open() : server.connect() else { fatalError("no client") }
            var descriptors: [SharedDescriptor] = []
            for _ in 0..<24 where !bytes.isAtEnd {
                step(&bytes, client, &descriptors)
                server.turn(client)
                FuzzDevices.check(server.device.queue)
            }
        }
        server.finish()
    }

    private static func step(
        _ bytes: inout FuzzBytes, _ client: HostileClient, _ kept: inout [SharedDescriptor]
    ) {
        switch bytes.number(8) {
        case 0:
            let count = bytes.number(100)
            try? client.sendBytes(bytes.take(count), descriptors(&bytes, client, &kept))
        case 1:
            let list = bytes.number(2) == 0 ? [] : descriptors(&bytes, client, &kept)
            let count = Int(bytes.word() % 700)
            let filler = [UInt8](repeating: 70, count: count)
            _ = try? HostileClient.send(filler, list, on: client.socket.descriptor.raw)
        case 2: try? client.adopt()
        default:
            let request = request(&bytes)
            try? client.send(request, bytes.number(4) == 0 ? descriptors(&bytes, client, &kept) : [])
        }
    }

    private static func request(_ bytes: inout FuzzBytes) -> HostileRequest {
        var request = HostileRequest(UInt32(bytes.number(10)))
        let known = Ioctl.allCases
        let choice = bytes.number(known.count + 1)
        request.command = choice < known.count && request.operation == 2 ? known[choice].command : bytes.word()
        request.flags = bytes.number(8) == 0 ? bytes.word() : 0
        request.value = bytes.word()
        request.offset = bytes.long()
        request.length = bytes.long()
        request.argument = IoctlFuzz.bytes(request.operation == 2 ? Int(request.command >> 16 & 0x3FFF) : 48, &bytes)
        request.nested = IoctlFuzz.bytes(bytes.number(4) == 0 ? Int(bytes.byte()) * 2 : 0, &bytes)
        if bytes.number(16) == 0 { request.argumentBytes = bytes.word() }
        if bytes.number(16) == 0 { request.version = bytes.word() }
        return request
    }

    private static func descriptors(
        _ bytes: inout FuzzBytes, _ client: HostileClient, _ kept: inout [SharedDescriptor]
    ) -> [Int32] {
        (0..<bytes.number(11)).compactMap { _ in
            let size = [0, 1, 4096, 1 << 20][bytes.number(4)]
            let seals: [Seals] = [[], [.shrink], [.seal], [.shrink, .write]]
            switch bytes.number(8) {
            case 0: return client.socket.descriptor.raw
            case 1: return client.control?.raw
            case 2: return 0
            case 3: return kept.last?.raw
            case 4:
                guard let event = try? EventDescriptor(), let copy = try? event.descriptor.duplicate() else {
                    return nil
                }
                kept.append(SharedDescriptor(copy))
            default:
                let seal = seals[bytes.number(4)]
                guard let file = try? MemoryFile.create(name: "fuzz", size: size, seals: seal).intoDescriptor() else {
                    return nil
                }
                kept.append(SharedDescriptor(file))
            }
            return kept.last?.raw
        }
    }
}
