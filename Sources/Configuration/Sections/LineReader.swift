import Drivers

/// Reads a GPIO line from the keys of a section: `alert_line`, or `alert_chip` and `alert_offset`.
struct LineReader {
  let prefix: String

  private var keys: [String] { ["line", "chip", "offset"].map(key) }

  private func key(_ name: String) -> String { "\(prefix)_\(name)" }

  /// Whether the section has any of the line's keys.
  func isNamed(in section: Section) -> Bool { keys.contains { section.optional($0) != nil } }

  func selector(_ section: Section) -> LineSelector? {
    let line = section.optional(key("line"))?.text()
    let chip = section.optional(key("chip"))?.text()
    let offset = section.optional(key("offset"))?.integer()
    switch (line, chip, offset) {
    case (let line?, nil, nil): return .name(line)
    case (nil, let chip?, let offset?): return .chip(label: chip, offset: UInt32(offset))
    default:
      section.field.mistake("it needs `\(key("line"))`, or `\(key("chip"))` and `\(key("offset"))`")
      return nil
    }
  }
}
