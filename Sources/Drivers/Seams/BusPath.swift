/// The place of a chip: one of the kernel's adapters, `i2c-1`, or a multiplexer's channel on it, `i2c-1/mux@0x70/3`.
package struct BusPath: Hashable, Sendable {
  /// One of the buses that a multiplexer switches.
  package struct Channel: Hashable, Sendable {
    /// The addresses of the TCA9548A and its relatives.
    package static let addresses: ClosedRange<UInt8> = 0x70...0x77
    package static let numbers: ClosedRange<UInt8> = 0...7

    package let multiplexer: I2CAddress
    package let number: UInt8

    package init(multiplexer: I2CAddress, number: UInt8) {
      self.multiplexer = multiplexer
      self.number = number
    }
  }

  /// The adapter's name: `i2c-1` stands for `/dev/i2c-1`.
  package let adapter: String
  /// Nil: the chip is directly on the adapter.
  package let channel: Channel?

  package init(_ adapter: String, _ channel: Channel? = nil) {
    self.adapter = adapter
    self.channel = channel
  }
}

extension BusPath: CustomStringConvertible {
  /// The path as written in `devices.yaml`.
  package var description: String {
    adapter + (channel.map { "/mux@\($0.multiplexer)/\($0.number)" } ?? "")
  }

  /// Nil: the text does not have the form of `description`.
  package init?(parsing text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let adapter = parts.first, Self.isAdapter(adapter) else { return nil }
    guard parts.count > 1 else {
      self.init(String(adapter))
      return
    }
    guard parts.count == 3, parts[1].hasPrefix("mux@0x"), !parts[1].contains("+"), !parts[2].contains("+"),
      let value = UInt8(parts[1].dropFirst(6), radix: 16), let address = I2CAddress(value),
      let number = UInt8(parts[2]), Channel.addresses.contains(value), Channel.numbers.contains(number)
    else { return nil }
    self.init(String(adapter), Channel(multiplexer: address, number: number))
  }

  private static func isAdapter(_ name: Substring) -> Bool {
    guard name.hasPrefix("i2c-"), let number = UInt16(name.dropFirst(4)) else { return false }
    return String(number) == name.dropFirst(4)
  }
}
