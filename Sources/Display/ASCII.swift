/// Converts a text for a terminal without Unicode: symbols that we use have substitutes, anything else becomes a
/// question mark.
package func inASCII(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    if scalar.isASCII { result.unicodeScalars.append(scalar) } else { result += substitutes[scalar] ?? "?" }
  }
  return result
}

private let substitutes: [Unicode.Scalar: String] = [
  "°": "", "…": "...", "²": "2", "–": "-", "—": "-", "−": "-", "µ": "u", "μ": "u", "×": "x", "Ω": "Ohm", "±": "+/-",
  "≤": "<=", "≥": ">=", "→": "->",
]
