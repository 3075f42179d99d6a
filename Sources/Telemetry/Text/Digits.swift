extension String {
  /// A number that is not negative, with zeros in front up to `width` digits: `0042`. A longer number is whole.
  package init(_ number: some BinaryInteger, radix: Int = 10, padded width: Int) {
    let digits = String(number, radix: radix)
    self = String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
  }
}

extension Sequence<UInt8> {
  /// Two hexadecimal digits for each byte: `be ef`.
  package func hexadecimal(separator: String = "") -> String {
    map { String($0, radix: 16, padded: 2) }.joined(separator: separator)
  }
}
