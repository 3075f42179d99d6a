/// One mistake in the file: where, what, and what to do about it.
public struct Problem: Hashable, Sendable {
  /// Counted from 1, as editors do.
  public let line: Int
  /// Counted from 1, in characters.
  public let column: Int
  /// `sensors[2].address`; empty for the file as a whole.
  public let path: String
  /// One sentence, no secrets; may end with a suggestion.
  public let reason: String

  public init(line: Int, column: Int, path: String, reason: String) {
    self.line = line
    self.column = column
    self.path = path
    self.reason = reason
  }
}

/// Everything that is wrong with a configuration, in the order of the file.
public struct ConfigurationError: Error, Sendable {
  public let file: String
  /// The file's lines, to show the offending ones.
  public let lines: [String]
  public let problems: [Problem]

  public init(file: String, lines: [String], problems: [Problem]) {
    self.file = file
    self.lines = lines
    self.problems = problems
  }
}
