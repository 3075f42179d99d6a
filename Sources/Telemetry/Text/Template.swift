extension String {
  /// With every `{name}` replaced. By hand: the standard library's `replacing` brings in the regular expression
  /// engine, a megabyte of it.
  package func filling(_ name: String, _ value: String) -> String {
    let parts = split(separator: "{", omittingEmptySubsequences: false)
    return parts.dropFirst().reduce(String(parts[0])) { done, part in
      part.hasPrefix(name + "}") ? done + value + part.dropFirst(name.count + 1) : done + "{" + part
    }
  }
}
