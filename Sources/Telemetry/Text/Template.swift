extension String {
  /// The text with every `{name}` replaced by `value`. Written by hand: the standard library's `replacing` would link
  /// its regular expression engine, a megabyte.
  package func filling(_ name: String, _ value: String) -> String {
    let parts = split(separator: "{", omittingEmptySubsequences: false)
    return parts.dropFirst().reduce(String(parts[0])) { done, part in
      part.hasPrefix(name + "}") ? done + value + part.dropFirst(name.count + 1) : done + "{" + part
    }
  }
}
