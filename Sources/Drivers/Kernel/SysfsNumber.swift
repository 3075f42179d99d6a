/// A decimal number with all its digits, as printed by sysfs, and as written by people, shells and Python: `-10062`,
/// `0.010681152`, `+21.5`, `.5`, `2.15e1`. Arithmetic stays exact until a single rounding to millionths.
struct SysfsNumber: Hashable {
  /// The number without its decimal point: 10681152 for 0.010681152.
  let digits: Int64
  /// The number of decimals: 0 … 12.
  let decimals: Int

  static let zero = SysfsNumber(digits: 0, decimals: 0)

  private static let mostDecimals = 12
  /// This many digits always fit into an `Int64`.
  private static let mostDigits = 18
  /// No measurement has an exponent outside this range.
  private static let exponents = -30...30

  private init(digits: Int64, decimals: Int) {
    self.digits = digits
    self.decimals = decimals
  }

  /// An optional sign, digits with an optional decimal point, an optional exponent, and white space around all of it.
  /// Nil for anything else, and for a number that is too large. Digits beyond the twelfth decimal are rounded away.
  init?(_ text: [UInt8]) {
    let parts = Self.trimmed(text).split(maxSplits: 1, omittingEmptySubsequences: false) {
      $0 | 0x20 == UInt8(ascii: "e")
    }
    guard let mantissa = parts.first.flatMap({ Mantissa($0) }) else { return nil }
    let exponent = parts.count == 1 ? 0 : Self.exponent(parts[1])
    guard let exponent, Self.exponents.contains(exponent),
      let rounded = mantissa.rounded(to: Self.mostDecimals, exponent: exponent)
    else { return nil }
    self = rounded
  }

  private static func exponent(_ text: ArraySlice<UInt8>) -> Int? {
    let number = text.first == UInt8(ascii: "+") || text.first == UInt8(ascii: "-") ? text.dropFirst() : text
    guard !number.isEmpty, number.allSatisfy(isDigit) else { return nil }
    // An exponent that does not fit into an `Int` counts as too large.
    return Int(String(decoding: text, as: UTF8.self)) ?? .max
  }

  /// The digits, and the position of the decimal point among them.
  private struct Mantissa {
    let isNegative: Bool
    /// The values of the digits, without leading zeros.
    let digits: [UInt8]
    let decimals: Int

    init?(_ text: ArraySlice<UInt8>) {
      isNegative = text.first == UInt8(ascii: "-")
      let unsigned = isNegative || text.first == UInt8(ascii: "+") ? text.dropFirst() : text
      let parts = unsigned.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
      let all = parts.joined()
      guard !all.isEmpty, all.allSatisfy(isDigit) else { return nil }
      digits = all.drop { $0 == UInt8(ascii: "0") }.map { $0 - UInt8(ascii: "0") }
      decimals = parts.count == 2 ? parts[1].count : 0
    }

    /// The number times ten to the exponent, with at most `most` decimals, or fewer if they do not fit.
    func rounded(to most: Int, exponent: Int) -> SysfsNumber? {
      guard !digits.isEmpty else { return SysfsNumber(digits: 0, decimals: 0) }
      let decimals = decimals - exponent
      let surplus = max(decimals - most, min(digits.count - SysfsNumber.mostDigits, decimals), 0)
      let zeros = max(-decimals, 0)
      guard digits.count - surplus + zeros <= 19 else { return nil }
      var value: Int64 = 0
      for digit in digits.dropLast(surplus) + Array(repeating: 0, count: zeros) {
        let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
        let (sum, carried) = tens.addingReportingOverflow(Int64(digit))
        guard !overflow, !carried else { return nil }
        value = sum
      }
      // The first digit that is cut off decides. If more are cut off than there are, that digit is a zero.
      let roundsUp = surplus > 0 && surplus <= digits.count && digits[digits.count - surplus] >= 5
      let (sum, overflow) = value.addingReportingOverflow(roundsUp ? 1 : 0)
      guard !overflow else { return nil }
      return SysfsNumber(digits: isNegative ? -sum : sum, decimals: max(decimals - surplus, 0))
    }
  }
}

extension SysfsNumber {
  /// (self + offset) x scale, taken as thousandths of a unit and returned as millionths; nil if the result does not
  /// fit. All of it is multiplied by ten to the `power`.
  func micros(
    plus offset: SysfsNumber = .zero, times scale: SysfsNumber = SysfsNumber(digits: 1, decimals: 0), power: Int = 0
  ) -> Int64? {
    let common = max(decimals, offset.decimals)
    let sum = shifted(to: common) + offset.shifted(to: common)
    let (product, overflow) = sum.multipliedReportingOverflow(by: Int128(scale.digits))
    guard !overflow else { return nil }
    let decimals = common + scale.decimals - power
    guard decimals > 3 else {
      let (value, overflow) = product.multipliedReportingOverflow(by: Self.powerOfTen(3 - decimals))
      return overflow ? nil : Int64(exactly: value)
    }
    return Int64(exactly: Self.rounded(product, dividedBy: Self.powerOfTen(decimals - 3)))
  }

  private func shifted(to wanted: Int) -> Int128 { Int128(digits) * Self.powerOfTen(wanted - decimals) }

  private static func powerOfTen(_ exponent: Int) -> Int128 { (0..<exponent).reduce(1) { power, _ in power * 10 } }

  /// Rounds to the nearest, halves away from zero.
  private static func rounded(_ value: Int128, dividedBy divisor: Int128) -> Int128 {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    guard remainder.magnitude * 2 >= divisor.magnitude else { return quotient }
    return quotient + value.signum()
  }
}

private func isSign(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") }

private func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

extension SysfsNumber {
  /// The same text for equal numbers: `215e-1` for `21.50`.
  var plain: String {
    var (digits, decimals) = (digits, decimals)
    while decimals > 0, digits % 10 == 0 { (digits, decimals) = (digits / 10, decimals - 1) }
    return "\(digits)e-\(decimals)"
  }

  /// The text without surrounding white space and without the byte order mark that Windows puts in front.
  static func trimmed(_ text: [UInt8]) -> ArraySlice<UInt8> {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let isSpace: (UInt8) -> Bool = { $0 == 0x20 || 0x09...0x0D ~= $0 }
    var rest = text.starts(with: mark) ? text.dropFirst(mark.count) : text[...]
    rest = rest.drop(while: isSpace)
    while let last = rest.last, isSpace(last) { rest.removeLast() }
    return rest
  }

  /// Why this text is no number, for the person who has to fix its writer; nil: there is nothing more to say.
  static func fault(in text: [UInt8]) -> String? {
    let bytes = trimmed(text)
    if bytes.contains(where: { $0 == 0x0A || $0 == 0x0D }) { return "it has more than one line" }
    if let first = bytes.first, "{[\"'".utf8.contains(first) {
      return "write the bare number, without JSON or quotation marks"
    }
    let body = bytes.drop(while: isSign)
    guard body.contains(where: isDigit), let start = body.first, isDigit(start) || start == UInt8(ascii: ".") else {
      return nil
    }
    if bytes.count - body.count > 1 { return "it has more than one sign" }
    let rest = body.drop { isDigit($0) || $0 == UInt8(ascii: ".") }
    if rest.first == UInt8(ascii: ",") { return "write a point in place of the comma, as in 21.5" }
    let points = body.count { $0 == UInt8(ascii: ".") }
    if rest.isEmpty { return points < 2 ? "it is too large" : "it has more than one point" }
    let power = rest.dropFirst()
    let exponent = power.first.map(isSign) == true ? power.dropFirst() : power
    if rest[rest.startIndex] | 0x20 == UInt8(ascii: "e"), !exponent.isEmpty, exponent.allSatisfy(isDigit) {
      return "its exponent is too large"
    }
    return "write the number alone, without a unit or other text behind it"
  }
}
