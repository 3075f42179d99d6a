/// Regular expressions for ranges of whole numbers, because JSON Schema cannot compare the number in `90s`.
enum IntegerPattern {
  /// Matches the decimal digits of the numbers from `low`, at least zero, to `high`. Without anchors and group.
  static func pattern(_ low: Int64, _ high: Int64) -> String {
    var start = low
    return ends(low, high).map { end in
      defer { start = end + 1 }
      return digits(start, end)
    }.joined(separator: "|")
  }

  /// The ends of ranges in which each digit varies on its own: 5 … 65535 is 5 … 9, 10 … 99, and so on.
  private static func ends(_ low: Int64, _ high: Int64) -> [Int64] {
    var ends: Set = [high]
    var power: Int64 = 10
    while case let end = low / power * power + power - 1, end < high {
      ends.insert(end)
      power *= 10
    }
    power = 10
    while case let end = (high + 1) / power * power - 1, end >= low {
      ends.insert(end)
      power *= 10
    }
    return ends.sorted()
  }

  private static func digits(_ low: Int64, _ high: Int64) -> String {
    var (pattern, free) = ("", 0)
    for (a, b) in zip("\(low)", "\(high)") {
      if a == "0", b == "9" { free += 1 } else { pattern += a == b ? "\(a)" : "[\(a)-\(b)]" }
    }
    return pattern + (free == 0 ? "" : free == 1 ? "[0-9]" : "[0-9]{\(free)}")
  }
}
