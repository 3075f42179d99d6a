/// A YAML file as a whole.
enum Document {
  /// Maximum size in bytes: twice a file for a thousand sensors. Reading a larger one would only take time.
  static let limit = 128 << 10

  /// Reads the file's bytes. `name` is what messages call the file.
  static func load(_ path: String, called name: String) throws(ConfigurationError) -> LoadedFile {
    switch loadFile(path, limit: limit, name: name) {
    case .success(let file): return file
    case .failure(let failure):
      let problem = Problem(line: 0, column: 0, path: "", reason: failure.reason, mayPass: failure.mayPass)
      throw ConfigurationError(file: name, lines: [], problems: [problem])
    }
  }

  /// The value that `read` makes of the tree, unless there was any mistake. `file` is for messages.
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
      // libyaml counts one line too many when the last line has no newline.
      let end = Mark(line: lines.count, column: (lines.last?.unicodeScalars.count ?? 0) + 1)
      // After a syntax error no key has been recognised, so the value on the line is hidden.
      findings.add(
        min(Mark(line: error.line, column: error.column), end), error.path, error.reason, hidesValue: true)
    }
    if let value, findings.problems.isEmpty { return value }
    throw ConfigurationError(
      file: file, lines: lines.map(String.init), problems: findings.sorted, hasMore: findings.isFull)
  }
}
