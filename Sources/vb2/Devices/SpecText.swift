import PixelFormats

/// How the text of a SPEC falls into parts, and what a part's value is.
enum SpecText {
    /// The parts between commas; a comma or a backslash after a backslash is a character of its part.
    static func split(_ text: String) -> [String] {
        var parts = [""]
        var escaped = false
        for character in text {
            if escaped {
                if character != "," && character != "\\" { parts[parts.count - 1].append("\\") }
                parts[parts.count - 1].append(character)
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else if character == "," {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        if escaped { parts[parts.count - 1].append("\\") }
        return parts
    }

    /// What is before the first separator, and what is after it if there is one.
    static func divide(_ text: String, at separator: Character) -> (String, String?) {
        guard let index = text.firstIndex(of: separator) else { return (text, nil) }
        return (String(text[..<index]), String(text[text.index(after: index)...]))
    }

    /// - Parameter key: the option's, for the fault.
    static func size(_ text: String, _ key: String) throws(SpecFault) -> FrameSize {
        guard let size = FrameSize(text) else { throw SpecFault("'\(text)' is no size; write \(key)=640x480") }
        let least = DeviceSettings.sizes.minimum
        let most = DeviceSettings.sizes.maximum
        guard (least.width...most.width).contains(size.width), (least.height...most.height).contains(size.height)
        else { throw SpecFault("the size \(size) is out of range; use \(least) to \(most)") }
        guard size.width % 2 == 0, size.height % 2 == 0 else {
            throw SpecFault("the size \(size) is odd; use even numbers")
        }
        return size
    }

    static func rate(_ text: String) throws(SpecFault) -> Rational {
        let (whole, part) = divide(text, at: "/")
        let denominator = part.map { UInt32($0) } ?? 1
        guard let numerator = UInt32(whole), let denominator, denominator > 0 else {
            throw SpecFault("'\(text)' is no frame rate; write fps=30 or fps=30000/1001")
        }
        let rates = DeviceSettings.rates
        guard UInt64(numerator) >= UInt64(rates.lowerBound) * UInt64(denominator),
            UInt64(numerator) <= UInt64(rates.upperBound) * UInt64(denominator)
        else { throw SpecFault("\(text) frames per second are out of range; use 1 to 120") }
        return Rational(numerator, denominator)
    }

    static func format(_ text: String) throws(SpecFault) -> FourCC {
        if let fourCC = FourCC(text), PixelFormat.find(fourCC) != nil { return fourCC }
        let known = PixelFormat.all.map { $0.fourCC.description }.joined(separator: " ")
        throw SpecFault("no format '\(text)'; use one of \(known)")
    }

    static func node(_ text: String) throws(SpecFault) -> Int {
        guard let node = Int(text), (0...DeviceSettings.greatestNode).contains(node) else {
            throw SpecFault("'\(text)' is no device number; write node=0 to node=\(DeviceSettings.greatestNode)")
        }
        return node
    }
}
