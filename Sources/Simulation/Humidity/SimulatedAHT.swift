import Telemetry

/// The twin of AHT10 and AHT20: acknowledges while it measures, shows that it is busy in its status, and keeps its last
/// result.
package final class SimulatedAHT: SimulatedChip {
  struct Model: Sendable {
    let statusAfterReset: UInt8
    let initialise: [UInt8]
    let hasChecksum: Bool
  }

  static let models: [String: Model] = [
    "aht10": Model(statusAfterReset: 0x10, initialise: [0xE1, 0x08, 0x00], hasChecksum: false),
    "aht20": Model(statusAfterReset: 0x18, initialise: [0xBE, 0x08, 0x00], hasChecksum: true),
  ]

  private let model: Model
  private let temperature: Curve
  private let humidity: Curve
  private let time: SimulatedTime
  private var status: UInt8
  private var deafUntil: Uptime
  private var busyUntil: Uptime
  private var data: [UInt8] = [0, 0, 0, 0, 0]
  private var isMeasuring = false

  init(_ model: Model, temperature: Curve, humidity: Curve, time: SimulatedTime) {
    self.model = model
    self.temperature = temperature
    self.humidity = humidity
    self.time = time
    status = model.statusAfterReset
    deafUntil = time.now()
    busyUntil = time.now()
  }

  package var hasChecksum: Bool { model.hasChecksum }

  package func write(_ bytes: [UInt8]) -> Bool {
    guard time.now() >= deafUntil else { return false }
    switch bytes {
    case [0xBA]: reset()
    case [0xAC, 0x33, 0x00]:
      isMeasuring = true
      busyUntil = time.end(of: .milliseconds(75))
    case model.initialise:
      // An AHT20 that is already calibrated (bit 3) does not acknowledge the command to initialise.
      guard status & 0x08 == 0 else { return false }
      status |= 0x08
      busyUntil = time.end(of: .milliseconds(8))
    default: return false
    }
    return true
  }

  package func read(_ count: Int) -> [UInt8]? {
    guard time.now() >= deafUntil else { return nil }
    let isBusy = time.now() < busyUntil
    if isMeasuring, !isBusy { finish() }
    let bytes = [status | (isBusy ? 0x80 : 0)] + data
    let all = model.hasChecksum ? bytes + [Checksum31.of(bytes, startingWith: 0xFF)] : bytes
    return (0..<count).map { $0 < all.count ? all[$0] : 0xFF }
  }

  private func reset() {
    status = model.statusAfterReset
    data = [0, 0, 0, 0, 0]
    isMeasuring = false
    deafUntil = time.end(of: .milliseconds(15))
    busyUntil = deafUntil
  }

  private func finish() {
    isMeasuring = false
    let steps = UInt64(1) << 20
    let wet = raw(humidity.value(at: busyUntil), steps, 0, 100_000_000)
    let warm = raw(temperature.value(at: busyUntil), steps, -50_000_000, 200_000_000)
    let bits = wet << 20 | warm
    data = (0..<5).map { UInt8(bits >> (32 - 8 * UInt64($0)) & 0xFF) }
  }

  private func raw(_ micros: Int64, _ steps: UInt64, _ base: Int64, _ span: Int64) -> UInt64 {
    min(UInt64(max(micros - base, 0)) * steps / UInt64(span), steps - 1)
  }
}
