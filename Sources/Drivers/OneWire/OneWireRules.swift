import Telemetry

/// Decides whether a temperature of a 1-Wire thermometer is a measurement. The chips have values that they give without one,
/// and each of them can also be a true temperature.
///
/// 85 °C is in the scratchpad after power-on. Whether a conversion put it there is told by byte 6, and by that of some chips
/// only:
///
/// * A DS18S20 (family 10) has a counter there, of which the kernel computes the temperature:
///   85 - 0.25 + (16 - 12) / 16. So a measured 85.000 °C has 0x0C there as well, always.
/// * A DS18B20 of Maxim's own die leaves 0x10 less the sixteenths there, and 0x0C after power-on. Linux's w1_therm can use it.
/// * Clones have a constant there, and the constant of most of them is 0x0C (the families of cpetrich/counterfeit_DS18B20).
///
/// So 0x0C proves the power-on only of a chip that has shown Maxim's sign at another temperature. 0x10 beside 85.000 °C proves a
/// conversion of a DS18B20: the measurements of cpetrich/counterfeit_DS18B20 know no chip that powers up with both. Families
/// A, B and C power up with 0x0C, which Dallas' early data sheets (043001) print and Maxim's (19-7487) call reserved; family D
/// powers up with 25 °C. The exceptions are a chip whose byte 6 was seen to be something else, because in family B it can be
/// written, and other families, of which nobody has measured it. Without a proof 85 °C is
/// refused twice, because a sensor that fails is tried again at once; a third conversion that says the same is suspect.
/// Beside a last good value that was close it is good, whatever byte 6 says.
///
/// 0 °C is what a shorted data line reads as: zeros have a valid checksum. It is good if the scratchpad has something else in
/// it, and suspect where nobody shows the scratchpad and the last good value was not close. All ones have no valid checksum.
///
/// 127.937 °C, what too little power gives, is outside the chip's range anyhow.
struct OneWireRules {
  /// What byte 6 of the scratchpad is, as far as it has been seen.
  enum Sign: Equatable {
    case unknown
    /// 0x10 less the sixteenths after each conversion, and 0x0C after power-on.
    case remainder
    /// Not that. It tells nothing.
    case none
  }

  private static let allowed = ClosedRange.celsius(-55...125)
  private static let powerOn = Temperature(millicelsius: 85_000)
  private static let zero = Temperature(millicelsius: 0)
  /// So far a temperature may move between two samples and still vouch for the next.
  private static let close: Int64 = 5_000_000

  private static let refusals = 2

  private let isDS18S20: Bool
  private let isDS18B20: Bool
  private(set) var sign: Sign
  private var lastGood: Temperature?
  /// So often in a row 85 °C was refused.
  private var refused = 0
  private var hasRefused = false

  /// `family`: the two digits before the hyphen.
  init(family: String = "28") {
    isDS18S20 = family == "10"
    isDS18B20 = family == "28"
    sign = isDS18S20 ? .none : .unknown
  }

  /// Whether the scratchpad has to say what this is.
  func isDoubtful(_ temperature: Temperature) -> Bool {
    (temperature == Self.powerOn || temperature == Self.zero) && !isClose(temperature)
  }

  /// Whether a scratchpad at an ordinary temperature would help: 85 °C has been refused, and nobody knows what byte 6 is.
  var wantsSign: Bool { hasRefused && sign == .unknown }

  /// - Parameter scratchpad: the nine bytes behind the value where the kernel shows them.
  mutating func judge(_ temperature: Temperature, scratchpad: [UInt8]? = nil) throws(SensorError) -> Quality {
    _ = try Self.allowed.admit(temperature)
    if let scratchpad, scratchpad.allSatisfy({ $0 == 0 }) {
      throw .malformed("the scratchpad is all zeros: the data line is shorted", bytes: scratchpad)
    }
    if isDS18S20, let scratchpad, scratchpad[7] == 0 {
      throw .malformed(
        "byte 7 of the scratchpad is zero: the kernel shows 0 °C for what it cannot compute", bytes: scratchpad)
    }
    if temperature == Self.powerOn { return try judgePowerOn(scratchpad) }
    refused = 0
    if let scratchpad { learn(scratchpad) }
    if temperature == Self.zero, scratchpad == nil, !isClose(temperature) { return .suspect }
    lastGood = temperature
    return .good
  }

  /// What byte 6 is, from the scratchpad of another temperature than 85 °C.
  mutating func learn(_ scratchpad: [UInt8]) {
    let (sixteenths, byte) = (scratchpad[0] & 0x0F, scratchpad[6])
    let raw = UInt16(scratchpad[1]) << 8 | UInt16(scratchpad[0])
    // At 4/16 Maxim's sign is 0x0C, too.
    guard sign == .unknown, raw != 0x0550, sixteenths != 4 || byte != 0x0C else { return }
    sign = byte == 0x10 - sixteenths ? .remainder : .none
  }

  private mutating func judgePowerOn(_ scratchpad: [UInt8]?) throws(SensorError) -> Quality {
    if isClose(Self.powerOn) {
      lastGood = Self.powerOn
      return .good
    }
    switch scratchpad?[6] {
    case 0x0C where sign == .remainder: throw refusal()
    case 0x10 where sign == .remainder || sign == .unknown && isDS18B20:
      refused = 0
      lastGood = Self.powerOn
      return .good
    default: break
    }
    guard refused >= Self.refusals else {
      refused += 1
      throw refusal()
    }
    return .suspect
  }

  private mutating func refusal() -> SensorError {
    hasRefused = true
    return .powerOnValue(.temperature(Self.powerOn))
  }

  private func isClose(_ temperature: Temperature) -> Bool {
    guard let lastGood else { return false }
    return abs(lastGood.microcelsius - temperature.microcelsius) <= Self.close
  }
}
