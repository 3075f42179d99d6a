/// Checks that a template makes topics that a broker accepts (MQTT 5.0, section 4.7).
enum TopicCheck {
  /// The mistake in `template`; nil: there is none. `required` are the placeholders that it must contain.
  static func mistake(in template: String, placeholders: [String], required: [String]) -> String? {
    if template.isEmpty { return "must not be empty" }
    if template.utf8.count > 512 { return "is longer than 512 bytes" }
    if template.contains(where: { "+#".contains($0) }) { return "must not contain the wildcards + and #" }
    if template.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) {
      return "must not contain control characters"
    }
    if template.hasPrefix("$") { return "must not begin with $, which is the broker's own" }
    let levels = template.split(separator: "/", omittingEmptySubsequences: false)
    if levels.contains(where: \.isEmpty) { return "has an empty level: no / at the beginning, at the end, or twice" }
    if template.split(separator: "{", omittingEmptySubsequences: false).dropFirst().contains(where: {
      !$0.contains("}")
    }) {
      return "has a { without a }"
    }
    let found = self.placeholders(in: template)
    if let unknown = found.first(where: { !placeholders.contains($0) }) {
      return "unknown placeholder {\(shortened(unknown))}" + Suggestion.clause(for: unknown, among: placeholders)
    }
    if let missing = required.first(where: { !found.contains($0) }) { return "must contain {\(missing)}" }
    return nil
  }

  private static func placeholders(in template: String) -> [String] {
    template.split(separator: "{", omittingEmptySubsequences: false).dropFirst().map { String($0.prefix { $0 != "}" }) }
  }
}
