import Telemetry

/// Decides whether a temperature of a DS18B20 is a measurement. The chip has values that it gives without one, and
/// each of them can also be a true temperature:
///
/// * 85 °C is in the scratchpad after power-on. Refused the first time, unless the last good value was close to it; a
///   second conversion that says the same is accepted as suspect. With byte 6 of the scratchpad at 0x0C it is always
///   the power-on value (Linux's w1_therm uses the same sign).
/// * 0 °C is what a shorted data line reads as, with a valid checksum; -0.062 °C is what all ones read as. Suspect,
///   unless the last good value was close.
///
/// 127.937 °C, what too little power gives, is outside the chip's range anyhow.
struct OneWireRules {
  private static let allowed = ClosedRange.celsius(-55...125)
  private static let powerOn = Temperature(millicelsius: 85_000)
  private static let artefacts = [Temperature(millicelsius: 0), Temperature(millicelsius: -62)]
  /// So far a temperature may move between two samples and still vouch for the next.
  private static let close: Int64 = 5_000_000

  private var lastGood: Temperature?
  private var sawPowerOn = false

  /// - Parameter scratchpad: the nine bytes behind the value where the kernel shows them.
  mutating func judge(_ temperature: Temperature, scratchpad: [UInt8]? = nil) throws(SensorError) -> Quality {
    _ = try Self.allowed.admit(temperature)
    if let scratchpad, scratchpad.allSatisfy({ $0 == 0 }) {
      throw .malformed("the scratchpad is all zeros: the data line is shorted", bytes: scratchpad)
    }
    if temperature == Self.powerOn { return try judgePowerOn(scratchpad) }
    sawPowerOn = false
    if Self.artefacts.contains(temperature), !isClose(temperature) { return .suspect }
    lastGood = temperature
    return .good
  }

  private mutating func judgePowerOn(_ scratchpad: [UInt8]?) throws(SensorError) -> Quality {
    if let scratchpad, scratchpad[6] == 0x0C { throw .powerOnValue(.temperature(Self.powerOn)) }
    if isClose(Self.powerOn) { return .good }
    guard sawPowerOn else {
      sawPowerOn = true
      throw .powerOnValue(.temperature(Self.powerOn))
    }
    return .suspect
  }

  private func isClose(_ temperature: Temperature) -> Bool {
    guard let lastGood else { return false }
    return abs(lastGood.microcelsius - temperature.microcelsius) <= Self.close
  }
}
