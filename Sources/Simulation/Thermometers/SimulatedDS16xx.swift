import Telemetry

/// The twin of DS1621 and DS1631: commands, a slow EEPROM, and -60 °C until the first conversion.
package final class SimulatedDS16xx: SimulatedChip {
  struct Model: Sendable {
    let start: UInt8
    let configuration: UInt8
    /// Microdegrees of one step; `shift`: the number of unused low bits below it.
    let step: Int64
    let shift: Int
    let conversion: Duration
  }

  static let models: [String: Model] = [
    "ds1621": Model(start: 0xEE, configuration: 0x09, step: 500_000, shift: 7, conversion: .milliseconds(750)),
    "ds1631": Model(start: 0x51, configuration: 0x8D, step: 62_500, shift: 4, conversion: .milliseconds(750)),
  ]

  private let model: Model
  private let curve: Curve
  private let time: SimulatedTime
  private var command: UInt8 = 0xAA
  private var configuration: UInt8
  private var busyUntil: Uptime
  /// When the first conversion ends. Later ones are not modelled: each read gives the temperature at that moment.
  private var firstDoneAt: Uptime?

  init(_ model: Model, temperature: Curve, time: SimulatedTime) {
    self.model = model
    curve = temperature
    self.time = time
    configuration = model.configuration
    busyUntil = time.now()
  }

  /// A short power failure: the chip is idle afterwards. The EEPROM keeps its contents.
  func losePower() { firstDoneAt = nil }

  package func write(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first else { return true }
    command = first
    if first == 0xAC, bytes.count > 1 {
      let writable: UInt8 = model.start == 0x51 ? 0x0F : 0x03
      configuration = configuration & ~writable | bytes[1] & writable
      busyUntil = time.end(of: .milliseconds(10))
    } else if first == model.start, configuration & 0x01 == 0 {
      firstDoneAt = firstDoneAt ?? time.end(of: model.conversion)
    }
    return true
  }

  package func read(_ count: Int) -> [UInt8]? {
    let bytes: [UInt8] =
      switch command {
      case 0xAA: temperature()
      case 0xA1: [0x0F, 0x00]
      case 0xA2: [0x0A, 0x00]
      case 0xAC: [configuration | (time.now() < busyUntil ? 0x10 : 0)]
      default: []
      }
    return (0..<count).map { $0 < bytes.count ? bytes[$0] : 0xFF }
  }

  private func temperature() -> [UInt8] {
    guard let firstDoneAt, time.now() >= firstDoneAt else { return [0xC4, 0x00] }
    let micros = curve.value(at: time.now())
    let steps = micros >= 0 ? micros / model.step : -((-micros + model.step - 1) / model.step)
    let raw = UInt16(bitPattern: Int16(clamping: steps << Int64(model.shift)))
    return [UInt8(raw >> 8), UInt8(raw & 0xFF)]
  }
}
