/// A YAML file as a whole.
enum Document {
  /// A file for a thousand sensors has half of it; a larger one is none of ours, and would only take time.
  static let limit = 128 << 10

  /// `name` is what messages call it.
  static func load(_ path: String, called name: String) throws(ConfigurationError) -> LoadedFile {
    switch loadFile(path, limit: limit, name: name) {
    case .success(let file): return file
    case .failure(let failure):
      let problem = Problem(line: 0, column: 0, path: "", reason: failure.reason, mayPass: failure.mayPass)
      throw ConfigurationError(file: name, lines: [], problems: [problem])
    }
  }

  /// What `read` makes of it, unless there was any mistake. `file` is for messages.
  static func read<Value>(
    _ bytes: [UInt8], file: String, _ read: (Field) -> Value?
  ) throws(ConfigurationError) -> Value {
    let bytes = withoutMark(bytes)
    let lines = String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
    let findings = Diagnostics()
    var value: Value?
    do throws(Problem) {
      if let root = try YAMLParser.parse(bytes), !root.isNull {
        value = read(Field(node: root, path: "", findings: findings))
      } else {
        findings.add(outside: "", "the file is empty")
      }
    } catch {
      // libyaml counts one line more when the last one has no newline at its end.
      let end = Mark(line: lines.count, column: (lines.last?.unicodeScalars.count ?? 0) + 1)
      // A line there holds no value of a key that is known.
      findings.add(
        min(Mark(line: error.line, column: error.column), end), error.path, error.reason, hidesValue: true)
    }
    if let value, findings.problems.isEmpty { return value }
    throw ConfigurationError(
      file: file, lines: lines.map(String.init), problems: findings.sorted, hasMore: findings.isFull)
  }
}
