import Telemetry

/// LM75 and its relatives: a temperature register, a configuration register and two limits behind one pointer.
///
/// Sources, by chip, in `LM75Variant`. The registers are common to all: 00 temperature, 01 configuration, 02 and 03 the
/// limits, which are 75 °C and 80 °C after power-on.
///
/// No chip of this family has an ID register. All that `start` can verify is that something answers, keeps its
/// configuration and has limits. TMP102 and TMP112 reveal a little more: two bits of their configuration always read as
/// ones.
///
/// There is no checksum either. Bits that the datasheet gives as zero must be zero. The words 0x0000 and 0xFFFF (0 °C
/// and one step below) are also what a dead bus returns. They are read twice, and count only while a limit register
/// still reads as it did at the start.
///
/// Zero is also the value between power-on and the end of the first conversion. A chip that lost its power between two
/// samples shows it in no other way, so zero is believed only after a conversion.
///
/// Such a chip also forgets its resolution. The driver therefore checks the configuration whenever the finer bits of a
/// value are all zero, which is true of one value in eight.
struct LM75Family: Sensor {
  enum Register {
    static let temperature: UInt8 = 0x00
    static let configuration: UInt8 = 0x01
    static let limits: [UInt8] = [0x03, 0x02]
  }

  /// The upper nine bits of a limit, which every variant keeps.
  private static let limitMask: UInt16 = 0xFF80

  let device: I2CDevice
  let variant: LM75Variant
  /// A limit register that is neither all zeros nor all ones.
  private var witness: (register: UInt8, value: UInt16)?

  init(bus: any I2CBus, address: I2CAddress, variant: LM75Variant) {
    device = I2CDevice(bus: bus, address: address)
    self.variant = variant
  }

  mutating func start() throws(SensorError) {
    try configure()
    witness = try findWitness()
    device.bus.pause(variant.conversion)
  }

  func sample() throws(SensorError) -> Sample {
    var raw = try device.word(at: Register.temperature)
    if raw == 0xFFFF || variant.isZero(raw) {
      try confirmLife(raw)
      if variant.isZero(raw) { device.bus.pause(variant.conversion) }
      raw = try device.word(at: Register.temperature)
    }
    if variant.fineBits != 0, raw & variant.fineBits == 0,
      try !variant.configuration.isKept(read(variant.configuration))
    {
      try configure()
      device.bus.pause(variant.conversion)
      raw = try device.word(at: Register.temperature)
    }
    return Sample([.temperature(try variant.decode(raw))])
  }

  /// Sets what the variant needs. The alert pin is left as found: a board may use it.
  private func configure() throws(SensorError) {
    let layout = variant.configuration
    let found = try read(layout)
    guard layout.isPlausible(found) else {
      throw .wrongChip(expected: "\(variant.name), configuration \(layout.meaning)", found: layout.bytes(found))
    }
    let wanted = found & ~layout.clear | layout.set
    try device.write([Register.configuration] + layout.bytes(wanted))
    let kept = try read(layout)
    guard kept & layout.verified == wanted & layout.verified else {
      let expected = "\(variant.name) that keeps the configuration \(hex(layout.bytes(wanted)))"
      throw .wrongChip(expected: expected, found: layout.bytes(kept))
    }
  }

  private func read(_ layout: LM75Variant.Configuration) throws(SensorError) -> UInt16 {
    try device.transfer(write: [Register.configuration], read: layout.width).reduce(0) { $0 << 8 | UInt16($1) }
  }

  private func findWitness() throws(SensorError) -> (register: UInt8, value: UInt16) {
    var seen: [UInt8] = []
    for register in Register.limits {
      let value = try device.word(at: register) & Self.limitMask
      if value != 0, value != Self.limitMask { return (register, value) }
      seen += [UInt8(value >> 8), UInt8(value & 0xFF)]
    }
    throw .malformed("both limits of the \(variant.name) are all zeros or all ones", bytes: seen)
  }

  private func confirmLife(_ raw: UInt16) throws(SensorError) {
    guard let witness else { throw .malformed("the \(variant.name) was not started", bytes: []) }
    let limit = try device.word(at: witness.register)
    guard limit & Self.limitMask == witness.value else {
      let bytes = [UInt8(raw >> 8), UInt8(raw & 0xFF), UInt8(limit >> 8), UInt8(limit & 0xFF)]
      throw .malformed("temperature and limit register of the \(variant.name) say the same: a dead bus", bytes: bytes)
    }
  }
}

extension LM75Family {
  static var chips: [Chip] { LM75Variant.all.map(chip(of:)) }

  private static func chip(of variant: LM75Variant) -> Chip {
    Chip(
      name: variant.name, parts: variant.parts, measures: [.temperature], source: variant.source,
      minimumInterval: .seconds(1),
      attachment: .i2c(addresses: variant.addresses) { bus, address, _ in
        LM75Family(bus: bus, address: address, variant: variant)
      })
  }
}
