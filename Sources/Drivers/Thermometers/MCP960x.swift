import Telemetry

/// MCP9600 and MCP9601: a thermocouple's hot junction, compensated by the chip.
///
/// Source: Microchip MCP9600/L00/RL00 DS20005426H and MCP960X/L0X/RL0X, sections 5.1-5.3 (registers) and table 5-1. The
/// chip stretches the clock, which a Pi 0 to 4 misses at 100 kHz: it needs 50 kHz or a bit-banged bus.
enum MCP960x {
  /// The thermocouple types, their numbers in register 05, and the ranges that the chip is specified for.
  private static let types: [(name: String, number: UInt8, range: ClosedRange<Int64>)] = [
    ("K", 0, -200...1372), ("J", 1, -150...1200), ("T", 2, -200...400), ("N", 3, -150...1300), ("S", 4, 250...1664),
    ("E", 5, -200...1000), ("B", 6, 1000...1800), ("R", 7, 250...1664),
  ]

  /// Register 20 is the ID. Register 05 is the thermocouple type, K after power-on. Register 06 = 00 means 18 bits and
  /// continuous conversion. In register 04, bit 6 is a new result; bit 4 is an input out of range, and in the MCP9601
  /// an open circuit; bit 5 is a short circuit in the MCP9601. An MCP9600 does not detect an open wire: a floating
  /// input may be in range.
  static func variant(_ name: String, _ part: String, id: UInt8, type: String?) -> RegisterThermometer.Variant {
    let type = types.first { $0.name == type } ?? types[0]
    let typeSetting = RegisterThermometer.Variant.Setting(0x05, clear: [0x70], set: [type.number << 4])
    return RegisterThermometer.Variant(
      chip: ChipFacts(
        name: name, parts: [part], source: "Microchip MCP9600 DS20005426H, sections 5.1-5.3 and table 5-1",
        addresses: [0x60...0x67]),
      start: [
        .prove(0x20, .init([id, 0x00], mask: [0xFF, 0x00], "device ID")), .witness([0x20], mask: [0xFF, 0xFF]),
        .set(typeSetting), .set(.init(0x06, clear: [0x7F], set: [0x00])),
      ],
      conversion: .milliseconds(400), sentinel: typeSetting,
      status: .init(
        register: 0x04, ready: 0x40, faults: 0x30, meaning: "the thermocouple is open, shorted or out of range"),
      layout: TemperatureWord(step: (62_500, 1), range: .celsius(type.range)))
  }

  static let chips = [chip("mcp9600", "MCP9600", id: 0x40), chip("mcp9601", "MCP9601", id: 0x41)]

  private static func chip(_ name: String, _ part: String, id: UInt8) -> Chip {
    Chip.i2c(
      variant(name, part, id: id, type: nil).chip, measures: [.temperature],
      options: [
        DriverOption("thermocouple", .choice(types.map(\.name)), meaning: "its type; K when nothing is said")
      ]
    ) { device, options in
      let variant = variant(name, part, id: id, type: options.text("thermocouple"))
      return RegisterThermometer(device: device, variant: variant)
    }
  }
}
