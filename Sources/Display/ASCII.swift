/// For a terminal without Unicode: our own signs by others, and a question mark for what others have written.
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
