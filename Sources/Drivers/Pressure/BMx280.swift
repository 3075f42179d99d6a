import Telemetry

/// BMP280 and BME280: temperature and pressure, and humidity on the BME280; one measurement per sample ("forced mode").
///
/// Source: Bosch Sensortec BMP280 BST-BMP280-DS001 rev. 1.26, sections 3.11 (calibration, formulas), 3.12 (example),
/// 4.3 (registers); BME280 BST-BME280-DS002 rev. 1.23, sections 4.2 (calibration), 5.4 (registers), 9.1 (measurement
/// time).
struct BMx280: Sensor {
  private enum Register {
    static let calibration: UInt8 = 0x88
    static let humidityCalibration: UInt8 = 0xE1
    static let id: UInt8 = 0xD0
    static let reset: UInt8 = 0xE0
    static let humidityControl: UInt8 = 0xF2
    static let status: UInt8 = 0xF3
    static let control: UInt8 = 0xF4
    static let configuration: UInt8 = 0xF5
    static let data: UInt8 = 0xF7
  }
  /// Temperature and pressure without oversampling, forced mode.
  private static let measure: UInt8 = 0b001_001_01

  let device: I2CDevice
  let name: String
  let hasHumidity: Bool
  private var calibration: BMx280Calibration?

  mutating func start() throws(SensorError) {
    calibration = nil
    try proveIdentity()
    try device.write([Register.reset, 0xB6])
    device.bus.pause(.milliseconds(3))
    // Bit 0: the calibration is being copied to the registers.
    try device.wait(for: Register.status, mask: 0x01, value: 0, every: .milliseconds(2), limit: .milliseconds(20))
    // H1 is read as the last byte of the first block: alone it could not be told from a dead bus.
    let common = try device.calibration(at: Register.calibration, 26, of: name)
    var humidity: [UInt8]?
    if hasHumidity {
      humidity = common.suffix(1) + (try device.calibration(at: Register.humidityCalibration, 7, of: name))
    }
    calibration = try BMx280Calibration(Array(common.prefix(24)), humidity: humidity, of: name)
    // No filter, no standby.
    try device.write([Register.configuration, 0x00])
    // Takes effect with the next write to the control register.
    if hasHumidity { try device.write([Register.humidityControl, 0x01]) }
  }

  private func proveIdentity() throws(SensorError) {
    let identities = Self.identities[hasHumidity ? 1 : 0]
    let found = try device.byte(at: Register.id)
    guard identities.contains(found) else {
      throw device.wrongChip(name, "ID \(hex(identities))", asked: Register.id, found: [found])
    }
  }

  func sample() throws(SensorError) -> Sample {
    guard let calibration else { throw .malformed("the \(name) was not started", bytes: []) }
    try device.write([Register.control, Self.measure])
    device.bus.pause(.milliseconds(10))
    // Bit 3: a measurement is running.
    try device.wait(for: Register.status, mask: 0x08, value: 0, every: .milliseconds(2), limit: .milliseconds(20))
    return try Sample(calibration.quantities(device.block(at: Register.data, hasHumidity ? 8 : 6, of: name)))
  }

  /// The IDs of the BMP280 and of the BME280. The BMP280's second and third ID are those of sample chips; Bosch's BMP2
  /// sensor API accepts them too.
  static let identities: [[UInt8]] = [[0x58, 0x56, 0x57], [0x60]]

  static let chips = [
    chip("bmp280", "BMP280", [.temperature, .pressure]),
    chip("bme280", "BME280", [.temperature, .humidity, .pressure]),
  ]

  private static func chip(_ name: String, _ part: String, _ measures: [Quantity.Kind]) -> Chip {
    Chip.i2c(
      ChipFacts(
        name: name, parts: [part], source: "Bosch BMP280 BST-BMP280-DS001 rev. 1.26; BME280 BST-BME280-DS002 rev. 1.23",
        addresses: [0x76...0x77]),
      measures: measures
    ) { device, _ in BMx280(device: device, name: name, hasHumidity: measures.contains(.humidity)) }
  }
}
