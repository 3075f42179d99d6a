import Drivers

/// Reads the GPIO line that a chip's ALERT or data-ready output is wired to.
struct AlertReader {
  private static let line = LineReader(prefix: "alert")
  static let biases: [(name: String, value: LineBias)] = [
    ("pull_up", .pullUp), ("pull_down", .pullDown), ("as_is", .asIs), ("disabled", .disabled),
  ]

  private var taken: [LineSelector: (id: String, line: Int)] = [:]

  /// Nil: the sensor has no such line, or it is wrong.
  mutating func request(_ section: Section, of id: String) -> LineRequest? {
    let bias = section.optional("alert_bias")
    guard bias != nil || Self.line.isNamed(in: section), let selector = Self.line.selector(section) else { return nil }
    if let (other, line) = taken[selector] {
      section.field.mistake("\(selector) already wakes \"\(other)\" on line \(line); a line can wake one sensor")
      return nil
    }
    taken[selector] = (id, section.field.node.mark.line)
    // Most chips have an open-drain output, which only pulls down.
    return LineRequest(
      line: selector, bias: bias?.choice(Self.biases) ?? .pullUp, activeLow: false, hasEdges: true)
  }
}
