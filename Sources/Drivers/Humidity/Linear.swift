import Telemetry

extension Quantity {
  /// Crops a humidity to 0 … 100 %, because the formulas overshoot a little at both ends. More than 20 % beyond either
  /// end throws: that is a broken chip, a wrong calibration, or bytes from a dead bus. Linux's drivers report the
  /// result of the formula as it is, so the same applies to them.
  static func humidity(cropping micropercent: Int64) throws(SensorError) -> Quantity {
    let (possible, overshoot): (ClosedRange<Int64>, Int64) = (0...100_000_000, 20_000_000)
    guard (possible.lowerBound - overshoot...possible.upperBound + overshoot).contains(micropercent) else {
      func quantity(_ value: Int64) -> Quantity { .humidity(RelativeHumidity(micropercent: value)) }
      throw .outOfRange(
        quantity(micropercent), allowed: quantity(possible.lowerBound)...quantity(possible.upperBound))
    }
    return .humidity(
      RelativeHumidity(micropercent: min(max(micropercent, possible.lowerBound), possible.upperBound)))
  }
}

/// The formula that the humidity chips share: offset + span x raw / 2^bits.
struct Linear: Sendable {
  /// Millionths of the unit at raw 0.
  let offset: Int64
  /// Millionths of the unit from raw 0 to raw 2^bits; a multiple of a thousand.
  let span: Int64
  let bits: Int64

  /// The value in millionths of the unit, rounded to the nearest thousandth: none of these chips resolves more.
  func callAsFunction(_ raw: UInt32) -> Int64 {
    offset + ((span / 1_000 * Int64(raw) + (1 << (bits - 1))) >> bits) * 1_000
  }
}
