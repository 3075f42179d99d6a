/// A number as sysfs prints it, with all its digits: `-10062`, `0.010681152`. Arithmetic stays exact until the one
/// rounding to millionths.
struct SysfsNumber: Hashable {
  /// The number without its point: 10681152 for 0.010681152.
  let digits: Int64
  /// How many of them stand behind the point: 0 … 12.
  let decimals: Int

  static let zero = SysfsNumber(digits: 0, decimals: 0)

  private static let mostDecimals = 12

  private init(digits: Int64, decimals: Int) {
    self.digits = digits
    self.decimals = decimals
  }

  /// An optional minus, digits, perhaps a point and digits, perhaps white space at the end; nil for anything else.
  init?(_ text: [UInt8]) {
    var rest = text[...]
    while let last = rest.last, last == UInt8(ascii: "\n") || last == UInt8(ascii: " ") { rest.removeLast() }
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest.removeFirst() }
    let parts = rest.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    var value: Int64 = 0
    for character in parts.joined() {
      guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= character else { return nil }
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = tens.addingReportingOverflow(Int64(character - UInt8(ascii: "0")))
      guard !overflow, !carried else { return nil }
      value = sum
    }
    decimals = parts.count == 2 ? parts[1].count : 0
    guard decimals <= Self.mostDecimals else { return nil }
    digits = isNegative ? -value : value
  }

  /// (self + offset) x scale in thousandths of a unit, as millionths of it; nil when it does not fit.
  func micros(plus offset: SysfsNumber = .zero, times scale: SysfsNumber = SysfsNumber(digits: 1, decimals: 0))
    -> Int64?
  {
    let common = max(decimals, offset.decimals)
    let sum = shifted(to: common) + offset.shifted(to: common)
    let (product, overflow) = sum.multipliedReportingOverflow(by: Int128(scale.digits))
    guard !overflow else { return nil }
    let decimals = common + scale.decimals
    guard decimals > 3 else {
      let (value, overflow) = product.multipliedReportingOverflow(by: Self.powerOfTen(3 - decimals))
      return overflow ? nil : Int64(exactly: value)
    }
    return Int64(exactly: Self.rounded(product, dividedBy: Self.powerOfTen(decimals - 3)))
  }

  private func shifted(to wanted: Int) -> Int128 { Int128(digits) * Self.powerOfTen(wanted - decimals) }

  private static func powerOfTen(_ exponent: Int) -> Int128 { (0..<exponent).reduce(1) { power, _ in power * 10 } }

  /// To the nearest, halves away from zero.
  private static func rounded(_ value: Int128, dividedBy divisor: Int128) -> Int128 {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    guard remainder.magnitude * 2 >= divisor.magnitude else { return quotient }
    return quotient + value.signum()
  }
}
