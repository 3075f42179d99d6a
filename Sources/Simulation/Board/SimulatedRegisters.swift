import Telemetry

/// The twin of thermometers with registers behind a pointer: power-on values, continuous conversion, writable bits. It
/// shares no knowledge with the driver.
package final class SimulatedRegisters: SimulatedChip {
  struct Model: Sendable {
    /// Values after power-on. A register is as long as its value.
    let registers: [UInt8: [UInt8]]
    /// The register of the result; `encode` makes its value from microdegrees Celsius.
    let temperature: UInt8
    let encode: @Sendable (Int64) -> [UInt8]
    /// The bits of each register that a write changes.
    let writable: [UInt8: [UInt8]]
    let conversion: Duration
    /// Whether the chip converts, according to its registers.
    let isRunning: @Sendable ([UInt8: [UInt8]]) -> Bool
    /// The bits of the pointer that the chip decodes.
    var pointerMask: UInt8 = 0xFF
    /// Whether a long read continues with the next register.
    var increments = false
    /// The valid bits of the result's last byte, which depend on the resolution.
    var resolution: @Sendable ([UInt8: [UInt8]]) -> UInt8 = { _ in 0xFF }
    /// Bits of a register that a new result sets and a write clears.
    var news: (register: UInt8, bits: UInt8)?
  }

  private let model: Model
  private let curve: Curve
  private let time: SimulatedTime
  private var registers: [UInt8: [UInt8]]
  private var pointer: UInt8 = 0
  private var conversions: Conversions

  init(_ model: Model, temperature: Curve, time: SimulatedTime) {
    self.model = model
    curve = temperature
    self.time = time
    registers = model.registers
    conversions = Conversions(of: model.conversion, at: time)
  }

  /// A short power failure: everything is as after power-on.
  func losePower() {
    registers = model.registers
    pointer = 0
    restart()
  }

  private func restart() { conversions = Conversions(of: model.conversion, at: time) }

  package func write(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first else { return true }
    pointer = first & model.pointerMask
    guard bytes.count > 1, let old = registers[pointer], let mask = model.writable[pointer] else { return true }
    convert()
    let wasRunning = model.isRunning(registers)
    registers[pointer] = old.indices.map { index in
      let value = index + 1 < bytes.count ? bytes[index + 1] : old[index]
      return old[index] & ~mask[index] | value & mask[index]
    }
    if !wasRunning, model.isRunning(registers) { restart() }
    return true
  }

  package func read(_ count: Int) -> [UInt8]? {
    convert()
    var bytes: [UInt8] = []
    var register = pointer
    repeat {
      bytes += registers[register] ?? [0xFF]
      register &+= 1
    } while model.increments && bytes.count < count
    return (0..<count).map { $0 < bytes.count ? bytes[$0] : 0xFF }
  }

  /// Stores the result of the last finished conversion.
  private func convert() {
    guard model.isRunning(registers), let done = conversions.takeLast(at: time) else { return }
    var result = model.encode(curve.value(at: done))
    result[result.count - 1] &= model.resolution(registers)
    registers[model.temperature] = result
    if let news = model.news { registers[news.register]?[0] |= news.bits }
  }
}

extension SimulatedRegisters {
  /// Encodes microdegrees as a two's complement word, rounded down, high byte first. A step is `numerator /
  /// denominator` microdegrees.
  private static func word(_ numerator: Int64, _ denominator: Int64 = 1) -> @Sendable (Int64) -> [UInt8] {
    { micros in
      let scaled = micros * denominator
      let steps = scaled >= 0 ? scaled / numerator : -((-scaled + numerator - 1) / numerator)
      let raw = UInt16(bitPattern: Int16(clamping: steps))
      return [UInt8(raw >> 8), UInt8(raw & 0xFF)]
    }
  }

  private static func tmp117(_ id: [UInt8]) -> Model {
    Model(
      registers: [0x00: [0x80, 0x00], 0x01: [0x02, 0x20], 0x02: [0x60, 0x00], 0x03: [0x80, 0x00], 0x0F: id],
      temperature: 0x00, encode: word(15_625, 2), writable: [0x01: [0x0F, 0xFC]], conversion: .milliseconds(125),
      isRunning: { $0[0x01].map { $0[0] & 0x0C == 0 } ?? false })
  }

  private static let adt = Model(
    registers: [0x00: [0, 0], 0x02: [0x80], 0x03: [0x00], 0x0B: [0xCB]], temperature: 0x00, encode: word(15_625, 2),
    writable: [0x03: [0xFF]], conversion: .milliseconds(240),
    isRunning: { $0[0x03].map { $0[0] & 0x60 == 0 } ?? false },
    // The result has 13 bits, or 16 if bit 7 of the configuration is set.
    resolution: { $0[0x03].map { $0[0] & 0x80 == 0 ? 0xF8 : 0xFF } ?? 0 })

  private static let ams = Model(
    registers: [0x00: [0, 0], 0x01: [0x40, 0xA0], 0x02: [0x25, 0x80], 0x03: [0x28, 0x00]], temperature: 0x00,
    encode: word(15_625, 2), writable: [0x01: [0x9F, 0xC0], 0x02: [0xFF, 0xFF], 0x03: [0xFF, 0xFF]],
    conversion: .milliseconds(36),
    isRunning: { $0[0x01].map { $0[0] & 0x01 == 0 } ?? false }, pointerMask: 0x03)

  private static func mcp960x(_ id: UInt8) -> Model {
    Model(
      registers: [
        0x00: [0, 0], 0x01: [0, 0], 0x02: [0x01, 0x90], 0x04: [0x00], 0x05: [0x00], 0x06: [0x00], 0x20: [id, 0x14],
      ], temperature: 0x00, encode: word(62_500), writable: [0x04: [0xC0], 0x05: [0x77], 0x06: [0xFF]],
      conversion: .milliseconds(320), isRunning: { $0[0x06].map { $0[0] & 0x03 == 0 } ?? false }, news: (0x04, 0x40))
  }

  static let models: [String: Model] = [
    "tmp117": tmp117([0x01, 0x17]), "tmp116": tmp117([0x11, 0x16]), "adt7410": adt, "adt7420": adt, "as6212": ams,
    "as6221": ams, "mcp9600": mcp960x(0x40), "mcp9601": mcp960x(0x41),
    "mcp9808": Model(
      registers: [
        0x01: [0x00, 0x00], 0x02: [0, 0], 0x03: [0, 0], 0x04: [0, 0], 0x05: [0, 0], 0x06: [0x00, 0x54],
        0x07: [0x04, 0x00], 0x08: [0x03],
      ], temperature: 0x05,
      // The limits are zero: the flags of the upper limits (0xC0) are set above zero, that of the lower limit (0x20)
      // otherwise.
      encode: { micros in
        let bytes = word(62_500)(micros)
        return [bytes[0] & 0x1F | (micros > 0 ? 0xC0 : 0x20), bytes[1]]
      }, writable: [0x01: [0x07, 0xFF], 0x08: [0x03]], conversion: .milliseconds(250),
      isRunning: { $0[0x01].map { $0[0] & 0x01 == 0 } ?? false }),
    "stts22h": Model(
      registers: [0x01: [0xA0], 0x04: [0x00], 0x05: [0x00], 0x06: [0, 0]], temperature: 0x06,
      encode: { word(10_000)($0).reversed() }, writable: [0x04: [0xFF]], conversion: .milliseconds(40),
      isRunning: { $0[0x04].map { $0[0] & 0x04 != 0 } ?? false }),
    "max30205": Model(
      registers: [0x00: [0, 0], 0x01: [0x00], 0x02: [0x4B, 0x00], 0x03: [0x50, 0x00]], temperature: 0x00,
      encode: word(15_625, 4), writable: [0x01: [0x7F], 0x02: [0xFF, 0xFF], 0x03: [0xFF, 0xFF]],
      conversion: .milliseconds(44),
      isRunning: { $0[0x01].map { $0[0] & 0x01 == 0 } ?? false }, pointerMask: 0x03),
  ]
}
