/// A configuration as others may read it: lines that may hold a secret are left out, whether it is where it belongs or not.
public func withoutSecrets(_ bytes: [UInt8]) -> String {
  let lines = String(decoding: withoutMark(bytes), as: UTF8.self).split(omittingEmptySubsequences: false) {
    $0.isNewline
  }
  let file = ConfigurationError(file: "", lines: lines.map(String.init), problems: [])
  let shown = file.lines.indices.map { file.mayHoldSecret($0) ? "# (left out: may hold a secret)" : file.lines[$0] }
  return shown.joined(separator: "\n")
}
