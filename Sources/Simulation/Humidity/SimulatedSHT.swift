import Telemetry

/// The twin of SHT3x, SHT4x and HDC302x: takes commands, does not acknowledge while busy, answers in words with
/// checksums.
package final class SimulatedSHT: SimulatedChip {
  enum Action: Sendable {
    case measure(Duration)
    case reset(Duration)
    case status
    case serialNumber
    case identity(UInt16)
    case stop
  }

  /// The differences between the chips.
  struct Model: Sendable {
    let commands: [[UInt8]: Action]
    /// Humidity in micropercent at raw 0; `humiditySpan`: from there to raw 65535.
    let humidityBase: Int64
    let humiditySpan: Int64
  }

  static let models: [String: Model] = [
    "sht3x": Model(
      commands: [
        [0x24, 0x00]: .measure(.microseconds(12_500)), [0x24, 0x0B]: .measure(.microseconds(4_500)),
        [0x24, 0x16]: .measure(.microseconds(2_500)), [0x30, 0xA2]: .reset(.microseconds(1_000)),
        [0xF3, 0x2D]: .status, [0x30, 0x93]: .stop,
      ], humidityBase: 0, humiditySpan: 100_000_000),
    "sht4x": Model(
      commands: [
        [0xFD]: .measure(.microseconds(6_900)), [0xF6]: .measure(.microseconds(3_700)),
        [0xE0]: .measure(.microseconds(1_300)), [0x94]: .reset(.microseconds(1_000)), [0x89]: .serialNumber,
      ], humidityBase: -6_000_000, humiditySpan: 125_000_000),
    "hdc302x": Model(
      commands: [
        [0x24, 0x00]: .measure(.microseconds(12_500)), [0x30, 0xA2]: .reset(.milliseconds(3)),
        [0xF3, 0x2D]: .status, [0x30, 0x93]: .stop, [0x37, 0x81]: .identity(0x3000),
      ], humidityBase: 0, humiditySpan: 100_000_000),
  ]

  private let model: Model
  private let temperature: Curve
  private let humidity: Curve
  private let time: SimulatedTime
  private var busyUntil: Uptime
  private var reply: [UInt16] = []
  /// The status register. After power-on an alert is pending (bit 15), and a reset was detected (bit 4).
  private var status: UInt16 = 0x8010

  init(_ model: Model, temperature: Curve, humidity: Curve, time: SimulatedTime) {
    self.model = model
    self.temperature = temperature
    self.humidity = humidity
    self.time = time
    busyUntil = time.now()
  }

  /// Nil for a name that is not in the family.
  package convenience init?(named name: String, temperature: Curve, humidity: Curve, time: SimulatedTime) {
    guard let model = Self.models[name] else { return nil }
    self.init(model, temperature: temperature, humidity: humidity, time: time)
  }

  package var hasChecksum: Bool { true }

  package func write(_ bytes: [UInt8]) -> Bool {
    guard !isBusy else { return false }
    reply = []
    guard let action = model.commands[bytes] else {
      status |= 1 << 1
      return true
    }
    status &= ~(1 << 1)
    perform(action)
    return true
  }

  package func read(_ count: Int) -> [UInt8]? {
    guard !isBusy, !reply.isEmpty else { return nil }
    let bytes = reply.flatMap { word in
      let data = [UInt8(word >> 8), UInt8(word & 0xFF)]
      return data + [Self.checksum(data)]
    }
    reply = []
    return (0..<count).map { $0 < bytes.count ? bytes[$0] : 0xFF }
  }

  private var isBusy: Bool { time.now() < busyUntil }

  private func perform(_ action: Action) {
    switch action {
    case .measure(let duration):
      busyUntil = time.end(of: duration)
      reply = measurement()
    case .reset(let duration):
      busyUntil = time.end(of: duration)
      status = 0x8010
    case .status: reply = [status]
    case .serialNumber: reply = [0x0F1E, 0x2D3C]
    case .identity(let word): reply = [word]
    case .stop: break
    }
  }

  private func measurement() -> [UInt16] {
    [
      raw(temperature.value(at: time.now()), base: -45_000_000, span: 175_000_000),
      raw(humidity.value(at: time.now()), base: model.humidityBase, span: model.humiditySpan),
    ]
  }

  private func raw(_ micros: Int64, base: Int64, span: Int64) -> UInt16 {
    UInt16(clamping: ((micros - base) * 65_535 + span / 2) / span)
  }

  /// x^8 + x^5 + x^4 + 1, started with ones.
  private static func checksum(_ bytes: [UInt8]) -> UInt8 {
    var register: UInt8 = 0xFF
    for byte in bytes {
      for bit in (0..<8).reversed() {
        let feedback = register >> 7 ^ byte >> bit & 1
        register = register << 1 ^ (feedback == 1 ? 0x31 : 0)
      }
    }
    return register
  }
}
