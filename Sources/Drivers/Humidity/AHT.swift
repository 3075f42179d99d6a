import Telemetry

/// AHT10 and AHT20 with their relatives: humidity and temperature of 20 bits each, after a status byte.
///
/// Sources, by chip, in `AHT.Variant`: commands, status byte and checksum in section 5 of the AHT20 manual, formulas in
/// section 6; the first commands of the AHT10 and its reply of six bytes in section 5 of its manual. Checked against
/// Adafruit's and ESPHome's drivers and the kernel's aht10.
///
/// No chip has an ID. After a reset the status says whether the calibration is loaded. The chip is initialised only if
/// it is not, because newer AHT20s do not acknowledge the initialisation. Then one measurement is made and discarded:
/// the first after power-on is unreliable, and it verifies the checksum if there is one. The chip acknowledges while it
/// works, with a busy bit.
///
/// The AHT10 has no checksum. On a dead bus, all ones look busy forever and all zeros look uncalibrated; a temperature
/// of all ones or all zeros lies outside the range.
struct AHT: Sensor {
  enum Command {
    static let softReset: [UInt8] = [0xBA]
    static let measure: [UInt8] = [0xAC, 0x33, 0x00]
  }

  enum Status {
    static let busy: UInt8 = 1 << 7
    static let calibrated: UInt8 = 1 << 3
  }

  private static let resetTime = Duration.milliseconds(20)
  private static let initialisingTime = Duration.milliseconds(10)
  private static let measuringTime = Duration.milliseconds(80)
  private static let poll = (step: Duration.milliseconds(10), limit: Duration.milliseconds(100))

  let device: I2CDevice
  let variant: Variant

  mutating func start() throws(SensorError) {
    try device.write(Command.softReset)
    device.bus.pause(Self.resetTime)
    if try readWhenIdle(1)[0] & Status.calibrated == 0 {
      try device.write(variant.initialise)
      device.bus.pause(Self.initialisingTime)
      let status = try readWhenIdle(1)
      guard status[0] & Status.calibrated != 0 else {
        throw .wrongChip(
          expected: "\(variant.chip.name), status with bit 3 set after its initialisation", found: status)
      }
    }
    _ = try sample()
  }

  func sample() throws(SensorError) -> Sample {
    try device.write(Command.measure)
    device.bus.pause(Self.measuringTime)
    return try variant.decode(readWhenIdle(variant.hasChecksum ? 7 : 6))
  }

  private func readWhenIdle(_ count: Int) throws(SensorError) -> [UInt8] {
    var reply: [UInt8] = []
    do throws(SensorError) {
      return try device.poll(every: Self.poll.step, limit: Self.poll.limit) { () throws(SensorError) in
        reply = try device.transfer(write: [], read: count)
        return reply[0] & Status.busy == 0 ? reply : nil
      }
    } catch {
      guard case .notReady = error, reply.allSatisfy({ $0 == 0xFF }) else { throw error }
      throw .malformed("nothing but ones from the \(variant.chip.name): an open data line", bytes: reply)
    }
  }
}

extension AHT {
  /// According to the manuals, more than one measurement in two seconds warms the chip.
  static let chips = [Variant.aht10, .aht20].map { variant in
    Chip.i2c(variant.chip, measures: [.temperature, .humidity], minimumInterval: .seconds(2)) { device, _ in
      AHT(device: device, variant: variant)
    }
  }
}
