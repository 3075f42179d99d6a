import Telemetry

/// BMP180: temperature and pressure.
///
/// Source: Bosch Sensortec BMP180 BST-BMP180-DS000-09 rev. 2.5, sections 3.3-3.6 (measurement, calibration, formulas,
/// with a worked example), 4.3 (registers). The shifts in the formulas round down, as in Bosch's own code.
struct BMP180: Sensor {
  private enum Register {
    static let calibration: UInt8 = 0xAA
    static let id: UInt8 = 0xD0
    static let reset: UInt8 = 0xE0
    static let control: UInt8 = 0xF4
    static let result: UInt8 = 0xF6
  }
  private static let name = "bmp180"
  /// Eight samples, for the least noise.
  private static let oversampling = 3

  let device: I2CDevice
  private var calibration: Calibration?

  mutating func start() throws(SensorError) {
    calibration = nil
    try device.prove(Self.name, Register.id, is: 0x55)
    try device.write([Register.reset, 0xB6])
    device.bus.pause(.milliseconds(15))
    calibration = try Calibration(device.calibration(at: Register.calibration, 22, of: Self.name))
  }

  func sample() throws(SensorError) -> Sample {
    guard let calibration else { throw .malformed("the \(Self.name) was not started", bytes: []) }
    let temperature = try measure(0x2E, lasting: .milliseconds(5), 2)
    let pressure = try measure(0x34 | UInt8(Self.oversampling) << 6, lasting: .milliseconds(26), 3)
    return try Sample(
      calibration.quantities(
        temperature: Int64(temperature), pressure: Int64(pressure >> (8 - Self.oversampling)),
        oversampling: Self.oversampling))
  }

  /// Bit 5 of the control register is set during a measurement.
  private func measure(_ command: UInt8, lasting duration: Duration, _ count: Int) throws(SensorError) -> Int {
    try device.write([Register.control, command])
    device.bus.pause(duration)
    try device.wait(
      for: Register.control, mask: 0x20, value: 0, every: .milliseconds(2), limit: .milliseconds(10))
    return try device.block(at: Register.result, count, of: Self.name).reduce(0) { $0 << 8 | Int($1) }
  }

  /// AC1 … AC6, B1, B2, MC and MD of the datasheet. MB is in the chip as well, but no formula uses it.
  struct Calibration {
    let ac1, ac2, ac3, ac4, ac5, ac6, b1, b2, mc, md: Int64

    /// High bytes first. No word is 0 or 0xFFFF (section 3.4).
    init(_ bytes: [UInt8]) throws(SensorError) {
      let words = stride(from: 0, to: 22, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
      guard !words.contains(0x0000), !words.contains(0xFFFF) else {
        throw .malformed("a word of the bmp180's calibration is missing", bytes: bytes)
      }
      func signed(_ index: Int) -> Int64 { Int64(Int16(bitPattern: words[index])) }
      (ac1, ac2, ac3) = (signed(0), signed(1), signed(2))
      (ac4, ac5, ac6) = (Int64(words[3]), Int64(words[4]), Int64(words[5]))
      (b1, b2, mc, md) = (signed(6), signed(7), signed(9), signed(10))
    }

    func quantities(temperature raw: Int64, pressure: Int64, oversampling: Int) throws(SensorError) -> [Quantity] {
      let x1 = ((raw - ac6) * ac5) >> 15
      guard x1 + md != 0 else { throw .malformed("the bmp180's temperature cannot be computed", bytes: []) }
      let b5 = x1 + (mc << 11) / (x1 + md)
      // The unit of B5 is a 160th of a degree; the datasheet rounds to a tenth.
      let temperature = Temperature(microcelsius: b5 * 6_250)
      return [
        .temperature(try ClosedRange.celsius(-40...85).admit(temperature)),
        try .pressure(pascal: Double(pascal(pressure, b5, oversampling))),
      ]
    }

    private func pascal(_ raw: Int64, _ b5: Int64, _ oversampling: Int) throws(SensorError) -> Int64 {
      let b6 = b5 - 4_000
      let x3 = ((b2 * ((b6 * b6) >> 12)) >> 11) + ((ac2 * b6) >> 11)
      let b3 = (((ac1 * 4 + x3) << Int64(oversampling)) + 2) / 4
      let y3 = (((ac3 * b6) >> 13) + ((b1 * ((b6 * b6) >> 12)) >> 16) + 2) >> 2
      let b4 = (ac4 * (y3 + 32_768)) >> 15
      guard b4 != 0 else { throw .malformed("the bmp180's pressure cannot be computed", bytes: []) }
      let b7 = (raw - b3) * (50_000 >> Int64(oversampling))
      let p = b7 < 0x8000_0000 ? b7 * 2 / b4 : b7 / b4 * 2
      // A garbage calibration can make `p` too large to be squared.
      guard p.magnitude < 1 << 30 else { throw .malformed("the bmp180's pressure is no number", bytes: []) }
      let z1 = (((p >> 8) * (p >> 8)) * 3_038) >> 16
      return p + ((z1 + ((-7_357 * p) >> 16) + 3_791) >> 4)
    }
  }

  static let chips = [
    Chip.i2c(
      ChipFacts(
        name: name, parts: ["BMP180", "BMP085"], source: "Bosch BMP180 BST-BMP180-DS000-09 rev. 2.5",
        addresses: [0x77...0x77]),
      measures: [.temperature, .pressure]
    ) { device, _ in BMP180(device: device) }
  ]
}
