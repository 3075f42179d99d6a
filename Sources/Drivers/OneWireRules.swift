import Telemetry

/// Decides whether a temperature of a DS18B20 is a measurement. The chip has values that it gives without one, and
/// each of them can also be a true temperature:
///
/// * 85 °C is in the scratchpad after power-on. With byte 6 of the scratchpad at 0x0C it is always the power-on value
///   (Linux's w1_therm uses the same sign); with 0x10, which a conversion to 85 °C leaves there, it was measured. Clones
///   have other values. Without a sign it is refused twice, because a sensor that fails is tried again at once, unless
///   the last good value was close to it; a third conversion that says the same is accepted as suspect.
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

  private static let refusals = 2

  private var lastGood: Temperature?
  /// So often in a row 85 °C was refused.
  private var refused = 0

  /// Whether the scratchpad has to say what this is.
  func isDoubtful(_ temperature: Temperature) -> Bool { temperature == Self.powerOn && !isClose(temperature) }

  /// - Parameter scratchpad: the nine bytes behind the value where the kernel shows them.
  mutating func judge(_ temperature: Temperature, scratchpad: [UInt8]? = nil) throws(SensorError) -> Quality {
    _ = try Self.allowed.admit(temperature)
    if let scratchpad, scratchpad.allSatisfy({ $0 == 0 }) {
      throw .malformed("the scratchpad is all zeros: the data line is shorted", bytes: scratchpad)
    }
    if temperature == Self.powerOn { return try judgePowerOn(scratchpad) }
    refused = 0
    if Self.artefacts.contains(temperature), !isClose(temperature) { return .suspect }
    lastGood = temperature
    return .good
  }

  private mutating func judgePowerOn(_ scratchpad: [UInt8]?) throws(SensorError) -> Quality {
    if let scratchpad, scratchpad[6] == 0x0C { throw .powerOnValue(.temperature(Self.powerOn)) }
    if isClose(Self.powerOn) { return .good }
    if let scratchpad, scratchpad[6] == 0x10 { return .suspect }
    guard refused == Self.refusals else {
      refused += 1
      throw .powerOnValue(.temperature(Self.powerOn))
    }
    return .suspect
  }

  private func isClose(_ temperature: Temperature) -> Bool {
    guard let lastGood else { return false }
    return abs(lastGood.microcelsius - temperature.microcelsius) <= Self.close
  }
}
