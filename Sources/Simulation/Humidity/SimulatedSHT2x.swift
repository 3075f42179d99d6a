import Telemetry

/// The twin of SHT2x, HTU21D and Si70xx: one command at a time, no acknowledgement while busy, a user register.
package final class SimulatedSHT2x: SimulatedChip {
  struct Model: Sendable {
    /// The first word of the answer to FC C9, which tells the makers apart.
    let serial: UInt16
    let userRegister: UInt8
    let temperatureTime: Duration
    let humidityTime: Duration
  }

  static let models: [String: Model] = [
    "sht2x": Model(
      serial: 0x2F14, userRegister: 0x02, temperatureTime: .milliseconds(66), humidityTime: .milliseconds(22)),
    "htu21d": Model(
      serial: 0x3200, userRegister: 0x02, temperatureTime: .milliseconds(44), humidityTime: .milliseconds(14)),
    "si70xx": Model(
      serial: 0x15FF, userRegister: 0x3A, temperatureTime: .milliseconds(7), humidityTime: .milliseconds(17)),
  ]

  private let model: Model
  private let temperature: Curve
  private let humidity: Curve
  private let time: SimulatedTime
  private var busyUntil: Uptime
  private var reply: [UInt8] = []
  private var userRegister: UInt8

  init(_ model: Model, temperature: Curve, humidity: Curve, time: SimulatedTime) {
    self.model = model
    self.temperature = temperature
    self.humidity = humidity
    self.time = time
    busyUntil = time.now()
    userRegister = model.userRegister
  }

  package var hasChecksum: Bool { true }

  package func write(_ bytes: [UInt8]) -> Bool {
    guard time.now() >= busyUntil else { return false }
    reply = []
    switch bytes {
    case [0xF3]: measure(temperature, -46_850_000, 175_720_000, keeping: 0xFFFC, flag: 0, model.temperatureTime)
    case [0xF5]: measure(humidity, -6_000_000, 125_000_000, keeping: 0xFFF0, flag: 2, model.humidityTime)
    case [0xE7]: reply = [userRegister]
    case [0xFC, 0xC9]: reply = Checksum31.word(model.serial, startingWith: 0)
    case [0xFE]: reset()
    default:
      guard bytes.count == 2, bytes[0] == 0xE6 else { return bytes.count == 1 }
      userRegister = bytes[1] & 0b1000_0111 | userRegister & 0b0111_1000
    }
    return true
  }

  package func read(_ count: Int) -> [UInt8]? {
    guard time.now() >= busyUntil, !reply.isEmpty else { return nil }
    let bytes = reply
    reply = []
    return (0..<count).map { $0 < bytes.count ? bytes[$0] : 0xFF }
  }

  /// A reset. The heater bit survives it.
  private func reset() {
    userRegister = model.userRegister | userRegister & 0b100
    busyUntil = time.end(of: .milliseconds(15))
  }

  private func measure(
    _ curve: Curve, _ base: Int64, _ span: Int64, keeping mask: UInt16, flag: UInt16, _ duration: Duration
  ) {
    let word = UInt16(clamping: (curve.value(at: time.now()) - base) * 65_536 / span)
    reply = Checksum31.word(word & mask | flag, startingWith: 0)
    busyUntil = time.end(of: duration)
  }
}
