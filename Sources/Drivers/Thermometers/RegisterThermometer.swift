import Telemetry

/// Thermometers with registers behind a pointer: ID registers on some of them, a configuration, a temperature.
///
/// Sources, by chip, in `RegisterThermometer.Variant`. None of these chips has a checksum. All zeros and all ones are
/// words that a dead bus also returns. They are therefore read twice, and count only while a register that is known to
/// hold something else still does: an ID register, or a limit.
///
/// All zeros is also what most of these chips hold after power-on. A chip that lost its power between two samples is
/// recognised by its lost settings, if they differ from those after power-on. Otherwise zero is believed only after
/// waiting for a conversion.
struct RegisterThermometer: Sensor {
  let device: I2CDevice
  let variant: Variant
  /// A register that is neither all zeros nor all ones, and its content.
  private var witness: (register: UInt8, value: [UInt8])?

  init(bus: any I2CBus, address: I2CAddress, variant: Variant) {
    device = I2CDevice(bus: bus, address: address)
    self.variant = variant
  }

  mutating func start() throws(SensorError) {
    witness = nil
    for identity in variant.identity { try prove(identity) }
    witness = try findWitness()
    for setting in variant.settings { try apply(setting) }
    if let status = variant.status { try device.write([status.register, 0x00]) }
    device.bus.pause(variant.conversion)
    if let status = variant.status {
      try device.wait(
        for: status.register, mask: status.ready, value: status.ready, every: Variant.Status.step,
        limit: Variant.Status.limit)
    }
  }

  func sample() throws(SensorError) -> Sample {
    if let status = variant.status { try check(status) }
    var raw = try device.transfer(write: [variant.temperature], read: 2)
    if raw == [0xFF, 0xFF] || variant.isZero(raw) {
      try confirmLife(raw)
      if variant.isZero(raw) { device.bus.pause(variant.conversion) }
      raw = try device.transfer(write: [variant.temperature], read: 2)
    }
    if let setting = variant.sentinel { try confirm(setting) }
    return Sample([.temperature(try variant.decode(raw))])
  }

  private func prove(_ identity: Variant.Register) throws(SensorError) {
    let found = try device.transfer(write: [identity.register], read: identity.value.count)
    guard identity.fits(found) else {
      throw device.wrongChip(
        variant.name, "\(identity.meaning) \(hex(identity.value))", asked: identity.register, found: found)
    }
  }

  private func apply(_ setting: Variant.Setting) throws(SensorError) {
    let found = try device.transfer(write: [setting.register], read: setting.set.count)
    let wanted = setting.applied(to: found)
    try device.write([setting.register] + wanted)
    let kept = try device.transfer(write: [setting.register], read: setting.set.count)
    guard setting.verified(kept) == setting.verified(wanted) else {
      throw .wrongChip(
        expected: "\(variant.name) that keeps \(hex(wanted)) in register \(hex([setting.register]))", found: kept)
    }
  }

  private func findWitness() throws(SensorError) -> (register: UInt8, value: [UInt8]) {
    var seen: [UInt8] = []
    for (register, count) in variant.witnesses {
      let value = try device.transfer(write: [register], read: count)
      if value.contains(where: { $0 != 0x00 }), value.contains(where: { $0 != 0xFF }) { return (register, value) }
      seen += value
    }
    throw .malformed("everything that the \(variant.name) says is all zeros or all ones", bytes: seen)
  }

  private func confirmLife(_ raw: [UInt8]) throws(SensorError) {
    guard let witness else { throw .malformed("the \(variant.name) was not started", bytes: []) }
    let value = try device.transfer(write: [witness.register], read: witness.value.count)
    guard value == witness.value else {
      throw .malformed("the \(variant.name) says the same in all registers: a dead bus", bytes: raw + value)
    }
  }

  /// Read after the temperature: a setting that holds now also held when the temperature was taken.
  private func confirm(_ setting: Variant.Setting) throws(SensorError) {
    let kept = try device.transfer(write: [setting.register], read: setting.set.count)
    guard setting.verified(kept) == setting.verified(setting.set) else {
      throw .malformed("the \(variant.name) lost its power, and its settings", bytes: kept)
    }
  }

  private func check(_ status: Variant.Status) throws(SensorError) {
    let found = try device.byte(at: status.register)
    guard found & status.faults == 0 else { throw .malformed(status.meaning, bytes: [found]) }
    guard found & status.ready == status.ready else {
      throw .malformed("the \(variant.name) lost its power, and has no result", bytes: [found])
    }
  }
}

extension RegisterThermometer {
  /// The differences between these chips.
  struct Variant: Sendable {
    struct Register: Sendable {
      let register: UInt8
      let value: [UInt8]
      /// The bits of `value` that are compared.
      let mask: [UInt8]
      let meaning: String

      init(_ register: UInt8, _ value: [UInt8], mask: [UInt8]? = nil, _ meaning: String) {
        self.register = register
        self.value = value
        self.mask = mask ?? value.map { _ in 0xFF }
        self.meaning = meaning
      }

      func fits(_ found: [UInt8]) -> Bool { zip(zip(found, mask), value).allSatisfy { $0.0 & $0.1 == $1 } }
    }

    /// Bits of a register that the driver sets or clears; the other bits stay as found.
    struct Setting: Sendable {
      let register: UInt8
      let clear: [UInt8]
      let set: [UInt8]

      init(_ register: UInt8, clear: [UInt8], set: [UInt8]) {
        self.register = register
        self.clear = clear
        self.set = set
      }

      func applied(to found: [UInt8]) -> [UInt8] { found.indices.map { found[$0] & ~clear[$0] | set[$0] } }

      func verified(_ bytes: [UInt8]) -> [UInt8] { bytes.indices.map { bytes[$0] & (clear[$0] | set[$0]) } }
    }

    /// A status register of one byte. The driver clears `ready` at the start, and a result sets it.
    struct Status: Sendable {
      static let step = Duration.milliseconds(50)
      static let limit = Duration.milliseconds(500)

      let register: UInt8
      let ready: UInt8
      /// Bits that must not be set; `meaning` says what they mean.
      let faults: UInt8
      let meaning: String
    }

    let name: String
    let parts: [String]
    let source: String
    let addresses: [ClosedRange<UInt8>]
    var identity: [Register] = []
    /// Registers that are hardly ever all zeros or all ones, and their lengths.
    let witnesses: [(register: UInt8, count: Int)]
    var settings: [Setting] = []
    /// A setting that differs after power-on, and without which a result means something else.
    var sentinel: Setting?
    /// The longest time from `start` to the end of the first conversion.
    let conversion: Duration
    var status: Status?
    let temperature: UInt8
    var isLittleEndian = false
    /// The content of the register before the first conversion, if that is no temperature.
    var powerOn: UInt16?
    /// The number of flag bits above the temperature. The word is shifted to the left by it, which drops them.
    var shift = 0
    /// Microdegrees Celsius per step of the shifted word, as a fraction.
    let step: (numerator: Int64, denominator: Int64)
    let range: ClosedRange<Temperature>
    var minimumInterval = Duration.seconds(1)

    private func word(_ bytes: [UInt8]) -> UInt16 {
      isLittleEndian ? UInt16(bytes[1]) << 8 | UInt16(bytes[0]) : UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    }

    /// Whether the temperature is zero, whatever its flags are.
    func isZero(_ bytes: [UInt8]) -> Bool { word(bytes) << shift == 0 }

    /// Decodes two's complement in two bytes.
    func decode(_ bytes: [UInt8]) throws(SensorError) -> Temperature {
      let word = word(bytes)
      let raw = Int64(Int16(bitPattern: word << shift))
      let micros = raw * step.numerator / step.denominator
      if word == powerOn { throw .powerOnValue(.temperature(Temperature(microcelsius: micros))) }
      return try range.admit(Temperature(microcelsius: micros))
    }
  }

  static var chips: [Chip] {
    Variant.all.map { variant in
      Chip(
        name: variant.name, parts: variant.parts, measures: [.temperature], source: variant.source,
        minimumInterval: variant.minimumInterval,
        attachment: .i2c(addresses: variant.addresses) { bus, address, _ in
          RegisterThermometer(bus: bus, address: address, variant: variant)
        })
    }
  }
}
