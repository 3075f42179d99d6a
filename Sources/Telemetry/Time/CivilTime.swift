extension WallTime {
  /// RFC 3339 in UTC with milliseconds, `2026-11-23T05:01:02.123Z`. Rounded down, so that it is never in the future.
  ///
  /// The calendar is proleptic Gregorian, counted in eras of 400 years (146,097 days) that begin on 1 March, so that
  /// the leap day is the last day of its year.
  package var rfc3339: String {
    let milliseconds = nanoseconds.floorDivided(by: 1_000_000)
    let days = milliseconds.floorDivided(by: 86_400_000)
    let ofDay = milliseconds - days * 86_400_000

    let shifted = days + 719_468  // days from 0000-03-01 to 1970-01-01
    let era = shifted.floorDivided(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)

    func two(_ number: Int64) -> String { String(number, padded: 2) }
    return "\(String(year, padded: 4))-\(two(month))-\(two(day))T"
      + "\(two(ofDay / 3_600_000)):\(two(ofDay / 60_000 % 60)):\(two(ofDay / 1_000 % 60))"
      + ".\(String(ofDay % 1_000, padded: 3))Z"
  }
}

extension Int64 {
  fileprivate func floorDivided(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
