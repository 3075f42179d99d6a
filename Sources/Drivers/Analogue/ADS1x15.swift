import Telemetry

/// ADS1115 and ADS1015 with an NTC or a platinum thermometer in a divider on one of their inputs.
///
/// Source: TI ADS111x SBAS444E and ADS101x SBAS473F, sections 8.1.2 and 8.1.3 (conversion and configuration register).
/// Register 01: bit 15 start, and ready; 14:12 = 100 … 111 an input against ground; 11:9 the range; bit 8 single shot;
/// 7:5 the rate; 1:0 = 11 no comparator. Register 00: the result; the twelve bits of an ADS1015 are at its top.
///
/// The temperature follows from the input's share of the supply. With `supply_input` the supply is measured, and can
/// have any voltage. The chip gives the same result for every voltage above its range ("Data Format"), so its highest
/// results are no voltage.
///
/// Each conversion names its input, and the configuration is read again after the result: several sensors may share the
/// chip, and so may `fieldpost read` beside the daemon. If another program has started a conversion in between, the
/// result is refused.
struct ADS1x15: Sensor {
  private enum Register {
    static let conversion: UInt8 = 0x00
    static let configuration: UInt8 = 0x01
  }

  /// Full scale in millivolts, and the bits that select it.
  private struct Range {
    let bits: UInt16
    let millivolts: Double

    static let six = Range(bits: 0b000, millivolts: 6_144)
    static let four = Range(bits: 0b001, millivolts: 4_096)

    /// The range for voltages up to this supply, in millivolts.
    init(upTo supply: Double) { self = supply > 4_000 ? .six : .four }

    private init(bits: UInt16, millivolts: Double) {
      self.bits = bits
      self.millivolts = millivolts
    }
  }
  /// The highest result: all ones except the sign, in the twelve bits that both chips have.
  private static let highest: Int16 = 0x7FF0

  let device: I2CDevice
  let name: String
  let input: UInt16
  let supplyInput: UInt16?
  let supplyMillivolts: Double
  let divider: Divider
  /// True: the chip has kept a configuration. If it has another one later, another program has written it.
  private var isProven = false

  init(device: I2CDevice, name: String, options: DriverOptions) {
    self.device = device
    self.name = name
    input = Self.number(of: options.text("input")) ?? 0
    supplyInput = Self.number(of: options.text("supply_input"))
    supplyMillivolts = Double(options.integer("supply_millivolts") ?? 3_300)
    divider = Divider(
      element: Self.element(options), seriesOhms: Double(options.integer("series_ohms") ?? 10_000),
      isAbove: options.text("sensor_side") == "supply")
  }

  /// There is no ID: all that can be verified is that the chip keeps its configuration.
  mutating func start() throws(SensorError) {
    isProven = false
    _ = try millivolts(input, supplyInput == nil ? usual : .six)
    isProven = true
  }

  func sample() throws(SensorError) -> Sample {
    guard let supplyInput else { return try sample(supplyMillivolts, usual) }
    // The range for the highest supply that the chip itself may have.
    let supply = try millivolts(supplyInput, .six)
    guard supply > 500 else { throw .malformed("a supply of \(Int(supply)) mV", bytes: []) }
    return try sample(supply, Range(upTo: supply))
  }

  private var usual: Range { Range(upTo: supplyMillivolts) }

  private func sample(_ supply: Double, _ range: Range) throws(SensorError) -> Sample {
    Sample([.temperature(try divider.temperature(share: millivolts(input, range) / supply))])
  }

  /// Makes one conversion. A dead bus is noticed because it does not keep the configuration.
  private func millivolts(_ input: UInt16, _ range: Range) throws(SensorError) -> Double {
    let configuration: UInt16 = 0x0103 | (0b100 | input) << 12 | range.bits << 9 | 0b100 << 5
    let start = configuration | 0x8000
    try device.write([Register.configuration, UInt8(start >> 8), UInt8(start & 0xFF)])
    device.bus.pause(.milliseconds(9))
    try wait(configuration)
    let raw = Int16(bitPattern: try device.word(at: Register.conversion))
    _ = try isDone(configuration)
    let bytes = [UInt8(truncatingIfNeeded: raw >> 8), UInt8(truncatingIfNeeded: raw)]
    guard raw > -100 else { throw .malformed("a voltage below ground", bytes: bytes) }
    guard raw < Self.highest else {
      throw .malformed("a voltage above the range of \(Int(range.millivolts)) mV", bytes: bytes)
    }
    return Double(raw) * range.millivolts / 32_768
  }

  private func wait(_ configuration: UInt16) throws(SensorError) {
    try device.poll(every: .milliseconds(1), limit: .milliseconds(10)) { () throws(SensorError) -> Void? in
      try isDone(configuration) ? () : nil
    }
  }

  private func isDone(_ configuration: UInt16) throws(SensorError) -> Bool {
    let found = try device.word(at: Register.configuration)
    guard found & 0x7FFF == configuration else {
      let bytes = [UInt8(found >> 8), UInt8(found & 0xFF)]
      guard isProven else { throw .wrongChip(expected: "\(name) that keeps its configuration", found: bytes) }
      throw .malformed(
        "another program uses the \(name), or it lost its power: its configuration has changed", bytes: bytes)
    }
    return found & 0x8000 != 0
  }

  private static func number(of input: String?) -> UInt16? { input?.last?.wholeNumberValue.flatMap(UInt16.init) }

  private static func element(_ options: DriverOptions) -> Divider.Element {
    switch options.text("sensor") {
    case "pt100": return .platinum(ohmsAt0: 100)
    case "pt1000": return .platinum(ohmsAt0: 1_000)
    default:
      if let terms = options.text("steinhart_hart").flatMap(terms) {
        return .steinhartHart(a: terms[0], b: terms[1], c: terms[2])
      }
      return .beta(
        ohmsAt25: Double(options.integer("ohms_at_25") ?? 10_000), kelvin: Double(options.integer("beta") ?? 3_950))
    }
  }

  private static func terms(_ text: String) -> [Double]? {
    let terms = text.split(separator: " ").compactMap { Double($0) }
    return terms.count == 3 && terms.allSatisfy { $0.isFinite && abs($0) < 1 } && text.split(separator: " ").count == 3
      ? terms : nil
  }
}

extension ADS1x15 {
  private static let inputs = ["ain0", "ain1", "ain2", "ain3"]

  static let chips = [("ads1115", ["ADS1115"]), ("ads1015", ["ADS1015"])].map { name, parts in
    Chip.i2c(
      ChipFacts(
        name: name, parts: parts, source: "TI ADS111x SBAS444E; ADS101x SBAS473F; IEC 60751:2008",
        addresses: [0x48...0x4B]),
      measures: [.temperature], options: options, conflict: conflict,
      channels: ChipChannels(option: "input", names: inputs, auxiliary: "supply_input")
    ) { device, options in ADS1x15(device: device, name: name, options: options) }
  }

  private static let options = [
    DriverOption(
      "input", .choice(inputs), required: true, meaning: "where the divider is; each input can be a sensor of its own"),
    DriverOption("sensor", .choice(["ntc", "pt100", "pt1000"]), required: true, meaning: "what is in the divider"),
    DriverOption("series_ohms", .integer(1...10_000_000), required: true, meaning: "the divider's fixed resistor"),
    DriverOption(
      "sensor_side", .choice(["ground", "supply"]),
      meaning: "what the sensor is connected to; ground when nothing is said"),
    DriverOption(
      "supply_millivolts", .integer(1_800...5_500), meaning: "the divider's supply; 3300 when nothing is said"),
    DriverOption("supply_input", .choice(inputs), meaning: "an input that measures the supply, which is better"),
    DriverOption("ohms_at_25", .integer(1...10_000_000), meaning: "of an NTC; 10000 when nothing is said"),
    DriverOption("beta", .integer(1_000...10_000), meaning: "of an NTC, in kelvin; 3950 when nothing is said"),
    DriverOption(
      "steinhart_hart", .pattern(example: "1.129e-3 2.341e-4 8.775e-8") { terms($0) != nil },
      meaning: "an NTC's three terms, in place of ohms_at_25 and beta"),
  ]

  @Sendable private static func conflict(_ options: DriverOptions) -> String? {
    if options.text("input") == options.text("supply_input") { return "`input` and `supply_input` are the same" }
    let isNTC = options.text("sensor") == "ntc"
    let ofNTC = ["ohms_at_25", "beta", "steinhart_hart"].filter { options.values[$0] != nil }
    if !isNTC, let first = ofNTC.first { return "`\(first)` is for an NTC" }
    if ofNTC.contains("steinhart_hart"), ofNTC.count > 1 { return "`steinhart_hart` stands in place of `\(ofNTC[0])`" }
    return nil
  }
}
