import Telemetry

/// The twin of SHTC1 and SHTC3: commands of two bytes, and no acknowledgement while busy. The SHTC3 can sleep, and then
/// accepts only the command that wakes it.
package final class SimulatedSHTC: SimulatedChip {
  struct Model: Sendable {
    let identity: UInt16
    let canSleep: Bool
    let duration: Duration
  }

  static let models: [String: Model] = [
    "shtc1": Model(identity: 0x00C7, canSleep: false, duration: .microseconds(10_800)),
    "shtc3": Model(identity: 0x0887, canSleep: true, duration: .microseconds(10_800)),
  ]

  private let model: Model
  private let temperature: Curve
  private let humidity: Curve
  private let time: SimulatedTime
  private var isAsleep = false
  private var busyUntil: Uptime
  private var reply: [UInt8] = []

  init(_ model: Model, temperature: Curve, humidity: Curve, time: SimulatedTime) {
    self.model = model
    self.temperature = temperature
    self.humidity = humidity
    self.time = time
    busyUntil = time.now()
  }

  package var hasChecksum: Bool { true }

  package func write(_ bytes: [UInt8]) -> Bool {
    guard time.now() >= busyUntil else { return false }
    reply = []
    if isAsleep { return wake(bytes) }
    switch bytes {
    case [0x78, 0x66]:
      reply =
        Checksum31.word(raw(temperature, base: -45_000_000, span: 175_000_000))
        + Checksum31.word(raw(humidity, base: 0, span: 100_000_000))
      busyUntil = time.end(of: model.duration)
    case [0xEF, 0xC8]: reply = Checksum31.word(model.identity)
    case [0x80, 0x5D]: busyUntil = time.end(of: .microseconds(240))
    case [0x35, 0x17]: return model.canSleep
    case [0xB0, 0x98]:
      isAsleep = model.canSleep
      return model.canSleep
    default: return false
    }
    return true
  }

  package func read(_ count: Int) -> [UInt8]? {
    guard time.now() >= busyUntil, !reply.isEmpty else { return nil }
    let bytes = reply
    reply = []
    return (0..<count).map { $0 < bytes.count ? bytes[$0] : 0xFF }
  }

  private func wake(_ bytes: [UInt8]) -> Bool {
    guard bytes == [0x35, 0x17] else { return false }
    isAsleep = false
    busyUntil = time.end(of: .microseconds(240))
    return true
  }

  private func raw(_ curve: Curve, base: Int64, span: Int64) -> UInt16 {
    UInt16(clamping: (curve.value(at: time.now()) - base) * 65_536 / span)
  }
}
