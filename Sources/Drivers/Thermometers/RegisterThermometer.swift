import Telemetry

/// Thermometers with registers behind a pointer: ID registers on some of them, a configuration, limits, a temperature.
/// The LM75 and its relatives are among them.
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
  /// Nil: not started.
  private(set) var witness: Witness?

  private var name: String { variant.chip.name }

  mutating func start() throws(SensorError) {
    witness = nil
    for step in variant.start {
      switch step {
      case .prove(let register, let identity): try prove(register, identity)
      case .witness(let registers, let mask):
        witness = try device.witness(among: registers, mask: mask, of: name)
      case .set(let setting): try apply(setting)
      }
    }
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
    var raw = try temperature()
    if raw == [0xFF, 0xFF] || variant.isZero(raw) {
      try device.confirm(witness, beside: raw, of: name)
      if variant.isZero(raw) { device.bus.pause(variant.conversion) }
      raw = try temperature()
    }
    if let (setting, fineBits) = variant.resolution, variant.word(raw) & fineBits == 0,
      try !setting.holds(in: read(setting))
    {
      try apply(setting)
      device.bus.pause(variant.conversion)
      raw = try temperature()
    }
    if let setting = variant.sentinel { try confirm(setting) }
    return Sample([.temperature(try variant.decode(raw))])
  }

  private func temperature() throws(SensorError) -> [UInt8] {
    try device.transfer(write: [variant.temperature], read: 2)
  }

  private func read(_ setting: Variant.Setting) throws(SensorError) -> [UInt8] {
    try device.transfer(write: [setting.register], read: setting.set.count)
  }

  private func prove(_ register: UInt8, _ identity: Variant.Pattern) throws(SensorError) {
    let found = try device.transfer(write: [register], read: identity.value.count)
    guard identity.fits(found) else {
      throw device.wrongChip(name, "\(identity.meaning) \(hex(identity.value))", asked: register, found: found)
    }
  }

  private func apply(_ setting: Variant.Setting) throws(SensorError) {
    let found = try read(setting)
    if let fixed = setting.fixed, !fixed.fits(found) {
      throw .wrongChip(expected: "\(name), \(fixed.meaning)", found: found)
    }
    let wanted = setting.applied(to: found)
    try device.write([setting.register] + wanted)
    let kept = try read(setting)
    guard setting.verified(kept) == setting.verified(wanted) else {
      throw .wrongChip(
        expected: "\(name) that keeps \(hex(wanted)) in register \(hex([setting.register]))", found: kept)
    }
  }

  /// Read after the temperature: a setting that holds now also held when the temperature was taken.
  private func confirm(_ setting: Variant.Setting) throws(SensorError) {
    let kept = try read(setting)
    guard setting.holds(in: kept) else {
      throw .malformed("the \(name) lost its power, and its settings", bytes: kept)
    }
  }

  private func check(_ status: Variant.Status) throws(SensorError) {
    let found = try device.byte(at: status.register)
    guard found & status.faults == 0 else { throw .malformed(status.meaning, bytes: [found]) }
    guard found & status.ready == status.ready else {
      throw .malformed("the \(name) lost its power, and has no result", bytes: [found])
    }
  }
}

extension RegisterThermometer {
  static let chips = (Variant.lm75Family + Variant.others).map { variant in
    Chip.i2c(variant.chip, measures: [.temperature]) { device, _ in
      RegisterThermometer(device: device, variant: variant)
    }
  }
}
