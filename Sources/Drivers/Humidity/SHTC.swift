import Telemetry

/// SHTC1 and SHTC3: humidity and temperature, each word with a checksum.
///
/// Sources: Sensirion, Datasheet SHTC3, version 2 (June 2019): times in section 3.1, commands in section 5 (sleep and
/// wake-up, measuring, reset, ID register), formulas in 5.11. Sensirion, Data Sheet SHTC1, version 3 (May 2014),
/// sections 5.3 to 5.7. The ID's masks were checked against RIOT's and Sensirion's own drivers.
///
/// The driver makes single measurements in normal power mode, temperature first, without clock stretching: the chip
/// does not acknowledge until it is done. An SHTC3 sleeps in between. It then answers no command other than wake-up,
/// not even a reset, so it is woken first, whatever state it is in.
struct SHTC: Sensor {
  enum Command {
    static let wakeUp: [UInt8] = [0x35, 0x17]
    static let sleep: [UInt8] = [0xB0, 0x98]
    static let softReset: [UInt8] = [0x80, 0x5D]
    static let identity: [UInt8] = [0xEF, 0xC8]
    static let measure: [UInt8] = [0x78, 0x66]
  }

  /// The differences between the two chips.
  struct Variant: Sendable {
    let chip: ChipFacts
    let sleeps: Bool
    /// The fixed bits of the ID word, and their value.
    let identityMask: UInt16
    let identity: UInt16
    /// The maximum duration of a measurement, rounded up.
    let duration: Duration
    let range: ClosedRange<Temperature>
  }

  /// Wake-up and reset each take 0.24 ms.
  private static let settling = Duration.milliseconds(1)
  fileprivate static let temperature = Linear(offset: -45_000_000, span: 175_000_000, bits: 16)
  fileprivate static let humidity = Linear(offset: 0, span: 100_000_000, bits: 16)

  let device: I2CDevice
  let variant: Variant

  mutating func start() throws(SensorError) {
    try wakeUp()
    try device.write(Command.softReset)
    device.bus.pause(Self.settling)
    let reply = try device.transfer(write: Command.identity, read: 3)
    let identity = try Sensirion.words(in: reply)[0]
    guard identity & variant.identityMask == variant.identity else {
      throw .wrongChip(expected: "\(variant.chip.parts[0]), ID with \(variant.identityMeaning)", found: reply)
    }
    try fallAsleep()
  }

  func sample() throws(SensorError) -> Sample {
    try wakeUp()
    let measurement = Sensirion.Measurement(command: Command.measure, duration: variant.duration)
    let quantities = try variant.decode(Sensirion.measure(measurement, with: device))
    try fallAsleep()
    return Sample(quantities)
  }

  private func wakeUp() throws(SensorError) {
    guard variant.sleeps else { return }
    try device.write(Command.wakeUp)
    device.bus.pause(Self.settling)
  }

  private func fallAsleep() throws(SensorError) {
    guard variant.sleeps else { return }
    try device.write(Command.sleep)
  }
}

extension SHTC.Variant {
  static let shtc1 = SHTC.Variant(
    chip: ChipFacts(
      name: "shtc1", parts: ["SHTC1"], source: "Sensirion Data Sheet SHTC1, version 3 (May 2014)",
      addresses: [0x70...0x70]),
    sleeps: false, identityMask: 0x003F, identity: 0x0007, duration: .milliseconds(15), range: .celsius(-30...100))

  static let shtc3 = SHTC.Variant(
    chip: ChipFacts(
      name: "shtc3", parts: ["SHTC3"], source: "Sensirion Datasheet SHTC3, version 2 (June 2019)",
      addresses: [0x70...0x70]),
    sleeps: true, identityMask: 0x083F, identity: 0x0807, duration: .milliseconds(13), range: .celsius(-40...125))

  fileprivate var identityMeaning: String { sleeps ? "bit 11 one and 5:0 = 7" : "bits 5:0 = 7" }

  /// T = -45 + 175 x raw / 65536 °C, RH = 100 x raw / 65536 %. The SHT3x divides by 65535.
  func decode(_ reply: [UInt8]) throws(SensorError) -> [Quantity] {
    let words = try Sensirion.words(in: reply)
    let temperature = Temperature(microcelsius: SHTC.temperature(UInt32(words[0])))
    let humidity = RelativeHumidity(micropercent: SHTC.humidity(UInt32(words[1])))
    return [.temperature(try range.admit(temperature)), .humidity(humidity)]
  }
}

extension SHTC {
  static let chips = [Variant.shtc1, .shtc3].map { variant in
    Chip.i2c(variant.chip, measures: [.temperature, .humidity]) { device, _ in SHTC(device: device, variant: variant) }
  }
}
