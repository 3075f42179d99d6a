import Telemetry

/// Decides whether a temperature of a 1-Wire thermometer is a measurement. The chips return certain values without
/// measuring, and each of these can also be a true temperature.
///
/// 85 °C is in the scratchpad after power-on. Only byte 6 can show whether a conversion put it there, and only on some
/// chips:
///
/// * A DS18S20 (family 10) has a counter there, from which the kernel computes the temperature:
///   85 - 0.25 + (16 - 12) / 16. So a measured 85.000 °C always has 0x0C there as well.
/// * A DS18B20 with Maxim's own die has 0x10 less the sixteenths there, and 0x0C after power-on. Linux's w1_therm can
///   use it.
/// * Clones have a constant there, and for most of them it is 0x0C (the families of cpetrich/counterfeit_DS18B20).
///
/// So 0x0C proves a power-on only for a chip that has shown Maxim's pattern at another temperature.
///
/// 0x10 beside 85.000 °C proves a conversion of a DS18B20: the measurements of cpetrich/counterfeit_DS18B20 include no
/// chip that powers up with both. Families A, B and C power up with 0x0C, which Dallas' early data sheets (043001)
/// print and Maxim's (19-7487) call reserved; family D powers up with 25 °C. There are two exceptions. One is a chip
/// whose byte 6 was seen to hold something else, because in family B it can be written. The other is all other
/// families, for which nobody has measured it.
///
/// Without proof 85 °C is refused twice, because a failed sensor is retried at once; a third conversion with the same
/// result is suspect. Close to the last good value 85 °C is good, whatever byte 6 holds.
///
/// 0 °C is what a shorted data line reads as: zeros have a valid checksum. It is good if the scratchpad holds anything
/// else. It is suspect if there is no scratchpad and the last good value was not close. All ones have no valid
/// checksum.
///
/// 127.937 °C, which results from too little power, is outside the chip's range and therefore always refused.
struct OneWireRules {
  /// The meaning of byte 6 of the scratchpad, as far as it has been observed.
  enum Sign: Equatable {
    case unknown
    /// 0x10 less the sixteenths after each conversion, and 0x0C after power-on: Maxim's pattern.
    case remainder
    /// Anything else. Byte 6 tells nothing.
    case none
  }

  private static let allowed = ClosedRange.celsius(-55...125)
  private static let powerOn = Temperature(millicelsius: 85_000)
  private static let zero = Temperature(millicelsius: 0)
  /// How far a temperature may move between two samples and still confirm the next.
  private static let close: Int64 = 5_000_000

  private static let refusals = 2

  private let isDS18S20: Bool
  private let isDS18B20: Bool
  private(set) var sign: Sign
  private var lastGood: Temperature?
  /// How many times in a row 85 °C was refused.
  private var refused = 0
  private var hasRefused = false

  /// `family`: the two digits before the hyphen.
  init(family: String = "28") {
    isDS18S20 = family == "10"
    isDS18B20 = family == "28"
    sign = isDS18S20 ? .none : .unknown
  }

  /// Whether the scratchpad is needed to judge this temperature.
  func isDoubtful(_ temperature: Temperature) -> Bool {
    (temperature == Self.powerOn || temperature == Self.zero) && !isClose(temperature)
  }

  /// Whether a scratchpad at an ordinary temperature would help: 85 °C has been refused, and the meaning of byte 6 is
  /// unknown.
  var wantsSign: Bool { hasRefused && sign == .unknown }

  /// - Parameter scratchpad: the nine bytes behind the temperature, if the kernel shows them.
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

  /// Learns the meaning of byte 6 from the scratchpad of a temperature other than 85 °C.
  mutating func learn(_ scratchpad: [UInt8]) {
    let (sixteenths, byte) = (scratchpad[0] & 0x0F, scratchpad[6])
    let raw = UInt16(scratchpad[1]) << 8 | UInt16(scratchpad[0])
    // At 4/16 Maxim's pattern is also 0x0C.
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
