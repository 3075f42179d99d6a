/// `value` × `numerator` ÷ `denominator`, rounded to the nearest whole number, halves away from zero; saturated at the
/// ends of Int64. The product may exceed 64 bits. `denominator` must be above zero.
package func scaled(_ value: Int64, by numerator: Int64, over denominator: Int64) -> Int64 {
  let divisor = denominator.magnitude
  let product = value.magnitude.multipliedFullWidth(by: numerator.magnitude)
  let (low, carry) = product.low.addingReportingOverflow(divisor / 2)
  let high = product.high + (carry ? 1 : 0)
  let isNegative = (value < 0) != (numerator < 0)
  guard high < divisor else { return isNegative ? .min : .max }
  let quotient = divisor.dividingFullWidth((high, low)).quotient
  guard quotient <= Int64.max.magnitude else { return isNegative ? .min : .max }
  return isNegative ? -Int64(quotient) : Int64(quotient)
}

extension Int64 {
  /// The sum, saturated at the ends of Int64.
  package func plus(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }

  /// The difference, saturated at the ends of Int64.
  package func minus(_ other: Int64) -> Int64 {
    let (difference, overflow) = subtractingReportingOverflow(other)
    return overflow ? (other < 0 ? .max : .min) : difference
  }
}
