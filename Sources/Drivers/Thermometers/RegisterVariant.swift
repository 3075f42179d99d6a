import Telemetry

extension RegisterThermometer {
  /// The differences between these chips.
  struct Variant: Sendable {
    let chip: ChipFacts
    /// The exchange that proves the chip and sets it, in this order.
    let start: [Step]
    /// The longest time from `start` to the end of the first conversion.
    let conversion: Duration
    /// A setting that differs after power-on, and without which a result means something else. Nil: no setting does.
    var sentinel: Setting?
    /// The setting of the resolution, and the bits of the temperature that stay zero without it. It is looked at and
    /// made anew when they are zero. Nil: the resolution does not change, or the sentinel tells.
    var resolution: (setting: Setting, fineBits: UInt16)?
    /// Nil: the chip does not say whether it has a result.
    var status: Status?
    /// The register of the temperature.
    var temperature: UInt8 = 0x00
    var isLittleEndian = false
    let layout: TemperatureWord
    /// The layout of a word whose bit 0 is set. Nil: the chip has only one.
    var extended: TemperatureWord?

    func word(_ bytes: [UInt8]) -> UInt16 {
      let word = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
      return isLittleEndian ? word.byteSwapped : word
    }

    /// Whether the temperature is zero, whatever the bits beside it are.
    func isZero(_ bytes: [UInt8]) -> Bool { layout(of: word(bytes)).isZero(word(bytes)) }

    func decode(_ bytes: [UInt8]) throws(SensorError) -> Temperature {
      try layout(of: word(bytes)).decode(word(bytes), of: chip.name)
    }

    private func layout(of word: UInt16) -> TemperatureWord {
      if let extended, word & 1 == 1 { extended } else { layout }
    }
  }
}

extension RegisterThermometer.Variant {
  enum Step: Sendable {
    /// Refuses a chip whose register holds something else.
    case prove(UInt8, Pattern)
    /// Finds the register that later tells zeros and ones from a dead bus: one of these that are hardly ever either.
    /// The mask has the bits that the chip keeps.
    case witness([UInt8], mask: [UInt8])
    case set(Setting)
  }

  /// The content of a register.
  struct Pattern: Sendable {
    let value: [UInt8]
    /// The bits of `value` that are compared.
    let mask: [UInt8]
    let meaning: String

    init(_ value: [UInt8], mask: [UInt8]? = nil, _ meaning: String) {
      self.value = value
      self.mask = mask ?? value.map { _ in 0xFF }
      self.meaning = meaning
    }

    func fits(_ found: [UInt8]) -> Bool { zip(zip(found, mask), value).allSatisfy { $0.0 & $0.1 == $1 } }
  }

  /// Bits of a register that the driver sets or clears; the other bits stay as found.
  struct Setting: Sendable {
    let register: UInt8
    let clear: [UInt8]
    let set: [UInt8]
    /// Bits that must read back as written.
    private let mask: [UInt8]
    /// Bits that no chip of this kind can change. A register without them is not written to. Nil: there are none.
    let fixed: Pattern?

    /// `mask`: the bits that must read back as written; nil: those that are set or cleared.
    init(_ register: UInt8, clear: [UInt8], set: [UInt8], verifying mask: [UInt8]? = nil, fixed: Pattern? = nil) {
      self.register = register
      self.clear = clear
      self.set = set
      self.mask = mask ?? zip(clear, set).map { $0 | $1 }
      self.fixed = fixed
    }

    func applied(to found: [UInt8]) -> [UInt8] { found.indices.map { found[$0] & ~clear[$0] | set[$0] } }

    func verified(_ bytes: [UInt8]) -> [UInt8] { zip(bytes, mask).map { $0 & $1 } }

    /// Whether the bits of `set` and `clear` are still as written.
    func holds(in bytes: [UInt8]) -> Bool { verified(bytes) == verified(applied(to: bytes)) }
  }

  /// A status register of one byte. The driver clears `ready` at the start, and a result sets it.
  struct Status: Sendable {
    static let step = Duration.milliseconds(50)
    static let limit = Duration.milliseconds(500)

    let register: UInt8
    let ready: UInt8
    /// Bits that must not be set; `meaning` says what they mean.
    let faults: UInt8
    let meaning: String
  }
}
