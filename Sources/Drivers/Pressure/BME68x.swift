import Telemetry

/// BME680 and BME688: temperature, humidity and pressure; one measurement per sample ("forced mode"). The gas sensor's
/// heater stays off: it would warm the chip.
///
/// Source: Bosch Sensortec BME680 BST-BME680-DS001 rev. 1.8 and BME688 BST-BME688-DS000, sections 3.3 (compensation),
/// 5.2 and 5.3 (registers); the formulas in floating point and the measurement time from Bosch's BME68x sensor API.
struct BME68x: Sensor {
  private enum Register {
    static let status: UInt8 = 0x1D
    static let gasControl: UInt8 = 0x71
    static let humidityControl: UInt8 = 0x72
    static let control: UInt8 = 0x74
    static let configuration: UInt8 = 0x75
    static let calibration: (first: UInt8, second: UInt8) = (0x8A, 0xE1)
    static let id: UInt8 = 0xD0
    static let reset: UInt8 = 0xE0
    /// Holds 0 in a BME680, 1 in a BME688.
    static let variant: UInt8 = 0xF0
  }
  private static let measure: UInt8 = 0b001_001_01

  let device: I2CDevice
  let name: String
  let variant: UInt8
  private var calibration: BME68xCalibration?

  mutating func start() throws(SensorError) {
    calibration = nil
    try device.prove(name, Register.id, is: 0x61)
    try device.prove(name, Register.variant, is: variant)
    try device.write([Register.reset, 0xB6])
    device.bus.pause(.milliseconds(10))
    let first = try device.calibration(at: Register.calibration.first, 23, of: name)
    let second = try device.calibration(at: Register.calibration.second, 10, of: name)
    calibration = try BME68xCalibration(first, second, of: name)
    try device.write([Register.gasControl, 0x00])
    try device.write([Register.configuration, 0x00])
    try device.write([Register.humidityControl, 0x01])
  }

  /// The first byte of the block is the status; its bit 7 means new data.
  func sample() throws(SensorError) -> Sample {
    guard let calibration else { throw .malformed("the \(name) was not started", bytes: []) }
    try device.write([Register.control, Self.measure])
    device.bus.pause(.milliseconds(15))
    try device.wait(for: Register.status, mask: 0x80, value: 0x80, every: .milliseconds(2), limit: .milliseconds(20))
    return try Sample(calibration.quantities(device.block(at: Register.status, 10, of: name)))
  }

  static let chips = [("bme680", "BME680", 0 as UInt8), ("bme688", "BME688", 1)].map { name, part, variant in
    Chip.i2c(
      ChipFacts(
        name: name, parts: [part], source: "Bosch BME680 BST-BME680-DS001 rev. 1.8; BME688 BST-BME688-DS000",
        addresses: [0x76...0x77]),
      measures: [.temperature, .humidity, .pressure]
    ) { device, _ in BME68x(device: device, name: name, variant: variant) }
  }
}

/// The calibration of a BME680 or BME688, and the conversion of the raw values.
struct BME68xCalibration {
  private let t: [Double]
  private let p: [Double]
  private let h: [Double]
  private let name: String

  /// `first`: registers 8A … A0; `second`: E1 … EA.
  init(_ first: [UInt8], _ second: [UInt8], of name: String) throws(SensorError) {
    let (a, b) = (BoschWords(bytes: first), BoschWords(bytes: second))
    t = [b.unsigned16(8), a.signed16(0), a.signed8(2)].map(Double.init)
    p = [
      a.unsigned16(4), a.signed16(6), a.signed8(8), a.signed16(10), a.signed16(12), a.signed8(15), a.signed8(14),
      a.signed16(18), a.signed16(20), a.unsigned8(22),
    ].map(Double.init)
    // H1 and H2 have twelve bits each and share a byte.
    h = [
      b.unsigned8(2) << 4 | b.unsigned8(1) & 0x0F, b.unsigned8(0) << 4 | b.unsigned8(1) >> 4, b.signed8(3),
      b.signed8(4),
      b.signed8(5), b.unsigned8(6), b.signed8(7),
    ].map(Double.init)
    self.name = name
    guard ![0, 65_535].contains(t[0]), ![0, 65_535].contains(p[0]) else {
      throw .malformed("the \(name)'s calibration is missing", bytes: first + second)
    }
  }

  /// `data`: registers 1D … 26.
  func quantities(_ data: [UInt8]) throws(SensorError) -> [Quantity] {
    func raw20(_ index: Int) -> Int { Int(data[index]) << 12 | Int(data[index + 1]) << 4 | Int(data[index + 2]) >> 4 }
    let (pressure, temperature, humidity) = (raw20(2), raw20(5), Int(data[8]) << 8 | Int(data[9]))
    guard data[0] & 0x80 != 0, pressure != 0x80000, temperature != 0x80000, humidity != 0x8000 else {
      throw .malformed("the \(name) has not measured everything", bytes: data)
    }
    let second = Double(temperature) / 131_072 - t[0] / 8_192
    let fine = (Double(temperature) / 16_384 - t[0] / 1_024) * t[1] + second * second * t[2] * 16
    let celsius = fine / 5_120
    return [
      try .temperature(celsius: celsius, in: .celsius(-40...85)),
      try .humidity(percent: percent(Double(humidity), celsius)), try .pressure(pascal: pascal(Double(pressure), fine)),
    ]
  }

  private func pascal(_ raw: Double, _ fine: Double) -> Double {
    let x = fine / 2 - 64_000
    let offset = (x * x * p[5] / 131_072 + x * p[4] * 2) / 4 + p[3] * 65_536
    let slope = (1 + (p[2] * x * x / 16_384 + p[1] * x) / 524_288 / 32_768) * p[0]
    let y = (1_048_576 - raw - offset / 4_096) * 6_250 / slope
    let cube = (y / 256) * (y / 256) * (y / 256) * p[9] / 131_072
    return y + (p[8] * y * y / 2_147_483_648 + y * p[7] / 32_768 + cube + p[6] * 128) / 16
  }

  private func percent(_ raw: Double, _ celsius: Double) -> Double {
    let x = raw - (h[0] * 16 + h[2] / 2 * celsius)
    let y = x * h[1] / 262_144 * (1 + h[3] / 16_384 * celsius + h[4] / 1_048_576 * celsius * celsius)
    return y + (h[5] / 16_384 + h[6] / 2_097_152 * celsius) * y * y
  }
}
