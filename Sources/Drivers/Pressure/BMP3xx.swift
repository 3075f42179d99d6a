import Telemetry

/// BMP388 and BMP390: temperature and pressure; one measurement per sample ("forced mode").
///
/// Source: Bosch Sensortec BMP388 BST-BMP388-DS001 rev. 1.7 and BMP390 BST-BMP390-DS002 rev. 1.7, sections 3.9
/// (timing), 3.11 and 8.4-8.6 (calibration, formulas), 4.3 (registers); checked against Bosch's BMP3 sensor API, whose
/// self-test has the calibration's checksum. Adafruit's driver, for both chips, refuses a chip with a wrong checksum.
struct BMP3xx: Sensor {
  private enum Register {
    static let id: UInt8 = 0x00
    static let error: UInt8 = 0x02
    static let status: UInt8 = 0x03
    static let data: UInt8 = 0x04
    static let power: UInt8 = 0x1B
    static let oversampling: UInt8 = 0x1C
    static let filter: UInt8 = 0x1F
    /// The checksum of the calibration, which follows it in 31 … 45.
    static let checksum: UInt8 = 0x30
    static let command: UInt8 = 0x7E
  }
  /// Both sensors on, forced mode.
  private static let measure: UInt8 = 0b0001_0011
  /// Status bits: pressure and temperature are ready.
  private static let ready: UInt8 = 0b0110_0000

  let device: I2CDevice
  let name: String
  let id: UInt8
  private var calibration: Calibration?

  mutating func start() throws(SensorError) {
    calibration = nil
    try device.prove(name, Register.id, is: id)
    try device.write([Register.command, 0xB6])
    device.bus.pause(.milliseconds(10))
    let trim = try device.block(at: Register.checksum, 22, of: name)
    let (received, computed) = (trim[0], CRC8.bmp3(trim.dropFirst()))
    guard received == computed else {
      throw .checksum(received: received, computed: computed, bytes: Array(trim.dropFirst()))
    }
    calibration = try Calibration(Array(trim.dropFirst()), of: name)
    try device.write([Register.oversampling, 0x00])
    try device.write([Register.filter, 0x00])
  }

  func sample() throws(SensorError) -> Sample {
    guard let calibration else { throw .malformed("the \(name) was not started", bytes: []) }
    try device.write([Register.power, Self.measure])
    device.bus.pause(.milliseconds(6))
    try device.wait(
      for: Register.status, mask: Self.ready, value: Self.ready, every: .milliseconds(2), limit: .milliseconds(20))
    let errors = try device.byte(at: Register.error)
    guard errors & 0x07 == 0 else { throw .malformed("the \(name) says that it has failed", bytes: [errors]) }
    return try Sample(calibration.quantities(device.block(at: Register.data, 6, of: name)))
  }

  struct Calibration {
    private let t: [Double]
    private let p: [Double]

    /// `bytes`: registers 31 … 45.
    init(_ bytes: [UInt8], of name: String) throws(SensorError) {
      let words = BoschWords(bytes: bytes)
      func scaled(_ word: Int64, _ exponent: Int) -> Double {
        Double(sign: .plus, exponent: exponent, significand: Double(word))
      }
      t = [scaled(words.unsigned16(0), 8), scaled(words.unsigned16(2), -30), scaled(words.signed8(4), -48)]
      p = [
        scaled(words.signed16(5) - 16_384, -20), scaled(words.signed16(7) - 16_384, -29), scaled(words.signed8(9), -32),
        scaled(words.signed8(10), -37), scaled(words.unsigned16(11), 3), scaled(words.unsigned16(13), -6),
        scaled(words.signed8(15), -8), scaled(words.signed8(16), -15), scaled(words.signed16(17), -48),
        scaled(words.signed8(19), -48), scaled(words.signed8(20), -65),
      ]
      guard ![0, 65_535].contains(words.unsigned16(0)), words.unsigned16(2) != 0 else {
        throw .malformed("the \(name)'s calibration is missing", bytes: bytes)
      }
    }

    /// `data`: registers 04 … 09, pressure and temperature, low bytes first.
    func quantities(_ data: [UInt8]) throws(SensorError) -> [Quantity] {
      func raw(_ index: Int) -> Double {
        Double(Int(data[index + 2]) << 16 | Int(data[index + 1]) << 8 | Int(data[index]))
      }
      let x = raw(3) - t[0]
      let celsius = x * t[1] + x * x * t[2]
      return [
        try .temperature(celsius: celsius, in: .celsius(-40...85)),
        try .pressure(pascal: pascal(raw(0), celsius), upTo: 1_250),
      ]
    }

    private func pascal(_ raw: Double, _ celsius: Double) -> Double {
      let (c1, c2, c3) = (celsius, celsius * celsius, celsius * celsius * celsius)
      let offset = p[4] + p[5] * c1 + p[6] * c2 + p[7] * c3
      let slope = p[0] + p[1] * c1 + p[2] * c2 + p[3] * c3
      return offset + raw * slope + raw * raw * (p[8] + p[9] * c1) + raw * raw * raw * p[10]
    }
  }

  static let chips = [("bmp388", "BMP388", 0x50 as UInt8), ("bmp390", "BMP390", 0x60)].map { name, part, id in
    Chip.i2c(
      ChipFacts(
        name: name, parts: [part], source: "Bosch BMP388 BST-BMP388-DS001 rev. 1.7; BMP390 BST-BMP390-DS002 rev. 1.7",
        addresses: [0x76...0x77]),
      measures: [.temperature, .pressure]
    ) { device, _ in BMP3xx(device: device, name: name, id: id) }
  }
}
