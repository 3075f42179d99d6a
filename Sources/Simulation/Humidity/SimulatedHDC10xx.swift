import Telemetry

/// The twin of HDC1080 and HDC1008: registers of 16 bits behind a pointer. Setting the pointer to temperature or
/// humidity starts a measurement, during which the chip does not acknowledge.
package final class SimulatedHDC10xx: SimulatedChip {
  /// The device ID, by the driver's name.
  static let models: [String: UInt16] = ["hdc1080": 0x1050, "hdc1008": 0x1000]

  private let identity: UInt16
  private let temperature: Curve
  private let humidity: Curve
  private let time: SimulatedTime
  private var pointer: UInt8 = 0
  private var configuration: UInt16 = 0x1000
  private var busyUntil: Uptime
  private var results: [UInt16] = [0, 0]

  init(identity: UInt16, temperature: Curve, humidity: Curve, time: SimulatedTime) {
    self.identity = identity
    self.temperature = temperature
    self.humidity = humidity
    self.time = time
    busyUntil = time.now()
  }

  package func write(_ bytes: [UInt8]) -> Bool {
    guard time.now() >= busyUntil else { return false }
    guard let first = bytes.first else { return true }
    pointer = first
    if pointer < 2 {
      measure()
    } else if pointer == 2, bytes.count >= 3 {
      configure(UInt16(bytes[1]) << 8 | UInt16(bytes[2]))
    }
    return true
  }

  package func read(_ count: Int) -> [UInt8]? {
    guard time.now() >= busyUntil else { return nil }
    let bytes = words.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    return (0..<count).map { $0 < bytes.count ? bytes[$0] : 0xFF }
  }

  private var words: [UInt16] {
    switch pointer {
    case 0: measuresBoth ? results : [results[0]]
    case 1: [results[1]]
    case 2: [configuration]
    case 0xFB...0xFD: [0x0123]
    case 0xFE: [0x5449]
    case 0xFF: [identity]
    default: [0xFFFF]
    }
  }

  private var measuresBoth: Bool { configuration & 0x1000 != 0 }

  private func configure(_ value: UInt16) {
    guard value & 0x8000 == 0 else {
      configuration = 0x1000
      results = [0, 0]
      busyUntil = time.end(of: .milliseconds(15))
      return
    }
    configuration = value & 0x3700
  }

  private func measure() {
    if measuresBoth || pointer == 0 {
      results[0] = raw(temperature, base: -40_000_000, span: 165_000_000, coarse: configuration & 0x0400 != 0)
    }
    if measuresBoth || pointer == 1 {
      results[1] = raw(humidity, base: 0, span: 100_000_000, coarse: configuration & 0x0300 != 0)
    }
    busyUntil = time.end(of: .microseconds(measuresBoth ? 12_850 : 6_500))
  }

  private func raw(_ curve: Curve, base: Int64, span: Int64, coarse: Bool) -> UInt16 {
    UInt16(clamping: (curve.value(at: time.now()) - base) * 65_536 / span) & (coarse ? 0xFFE0 : 0xFFFC)
  }
}
