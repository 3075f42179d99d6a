import Telemetry

/// The twin of the LM75 family: four registers behind a pointer, continuous conversion, the power-on values of the
/// datasheets.
package final class SimulatedLM75: SimulatedChip {
  /// The differences between the chips, stated independently: the twin shares nothing with the driver that it tests.
  struct Model: Sendable {
    /// The resolution after power-on.
    let bits: Int
    /// The resolution can be set to 9 … 12 bits in bits 6:5 of the configuration.
    var hasResolution = false
    /// The configuration has two bytes, and its bit 4 is the extended mode.
    var isWide = false
    let configuration: UInt16
    /// Bits of the configuration that a write changes.
    let writable: UInt16
    let conversion: Duration
    /// The value that undefined low bits of the temperature read as.
    var noise: UInt16 = 0
  }

  static let models: [String: Model] = [
    "lm75": Model(bits: 9, configuration: 0, writable: 0x1F, conversion: .milliseconds(100), noise: 0x0055),
    "lm75b": Model(bits: 11, configuration: 0, writable: 0x1F, conversion: .milliseconds(100)),
    "pct2075": Model(bits: 11, configuration: 0, writable: 0x1F, conversion: .milliseconds(100)),
    "tmp75": Model(
      bits: 9, hasResolution: true, configuration: 0, writable: 0x7F, conversion: .milliseconds(220)),
    "tmp105": Model(
      bits: 9, hasResolution: true, configuration: 0, writable: 0x7F, conversion: .milliseconds(220)),
    "tmp102": Model(
      bits: 12, isWide: true, configuration: 0x60A0, writable: 0x1FD0, conversion: .milliseconds(26)),
    "tmp112": Model(
      bits: 12, isWide: true, configuration: 0x60A0, writable: 0x1FD0, conversion: .milliseconds(26)),
    "as6200": Model(bits: 12, isWide: true, configuration: 0x40A0, writable: 0x1FC0, conversion: .milliseconds(32)),
  ]

  private let model: Model
  private let temperature: Curve
  private let time: SimulatedTime
  private var pointer: UInt8 = 0
  private var configuration: UInt16
  private var limits: [UInt8: UInt16] = [2: 0x4B00, 3: 0x5000]
  private var converted: UInt16 = 0
  private var conversions: Conversions

  init(_ model: Model, temperature: Curve, time: SimulatedTime) {
    self.model = model
    self.temperature = temperature
    self.time = time
    configuration = model.configuration
    conversions = Conversions(of: model.conversion, at: time)
  }

  /// Nil for a name that is not in the family.
  package convenience init?(named name: String, temperature: Curve, time: SimulatedTime) {
    guard let model = Self.models[name] else { return nil }
    self.init(model, temperature: temperature, time: time)
  }

  package func write(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first else { return true }
    pointer = first & 0x07
    let value = bytes.dropFirst().prefix(2).reduce(UInt16(0)) { $0 << 8 | UInt16($1) }
    guard bytes.count > 1 else { return true }
    if pointer == 1 {
      configure(value)
    } else if limits[pointer] != nil {
      limits[pointer] = value & 0xFF80
    }
    return true
  }

  package func read(_ count: Int) -> [UInt8]? {
    let bytes = pointer == 1 && !model.isWide ? [UInt8(configuration & 0xFF)] : split(register())
    return (0..<count).map { $0 < bytes.count ? bytes[$0] : 0xFF }
  }

  private func register() -> UInt16 {
    switch pointer {
    case 0:
      convert()
      return converted
    case 1: return configuration
    default: return limits[pointer] ?? 0xFFFF
    }
  }

  private func split(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

  private func configure(_ value: UInt16) {
    convert()
    let wasShutDown = isShutDown
    configuration = configuration & ~model.writable | value & model.writable
    if wasShutDown, !isShutDown { conversions = Conversions(of: model.conversion, at: time) }
  }

  private var isShutDown: Bool { configuration & (model.isWide ? 0x0100 : 0x0001) != 0 }

  /// Stores the result of the last finished conversion.
  private func convert() {
    guard !isShutDown, let done = conversions.takeLast(at: time) else { return }
    converted = encode(temperature.value(at: done))
  }

  private func encode(_ microcelsius: Int64) -> UInt16 {
    if model.isWide, configuration & 0x10 != 0 {
      return UInt16(bitPattern: Int16(clamping: steps(microcelsius, of: 62_500, bits: 13) << 3)) | 1
    }
    let bits = model.hasResolution ? 9 + Int(configuration >> 5 & 3) : model.bits
    let step = Int64(256_000_000) >> bits
    return UInt16(bitPattern: Int16(clamping: steps(microcelsius, of: step, bits: bits) << (16 - bits))) | model.noise
  }

  /// The number of steps, rounded down as two's complement does, and clamped to the range.
  private func steps(_ microcelsius: Int64, of step: Int64, bits: Int) -> Int64 {
    let most = Int64(1) << (bits - 1)
    let (quotient, remainder) = microcelsius.quotientAndRemainder(dividingBy: step)
    return min(max(remainder < 0 ? quotient - 1 : quotient, -most), most - 1)
  }
}
