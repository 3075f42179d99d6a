import Telemetry

/// One mistake in the file: where, what, and what to do about it.
package struct Problem: Error, Hashable, Sendable {
  /// Line, counted from 1 as editors do; 0: the mistake is not in the file.
  package let line: Int
  /// Column, counted from 1 in characters.
  package let column: Int
  /// The key's path, `sensors[2].address`; empty for the file as a whole.
  package let path: String
  /// One sentence without secrets; may end with a suggestion.
  package let reason: String
  /// The line may contain a secret and must not be shown.
  package let hidesLine: Bool
  /// The value after the key may be a secret and must not be shown; the key may.
  package let hidesValue: Bool
  /// The problem may go away without a change to the file, such as an interface that is not there yet during boot.
  package let mayPass: Bool

  package init(
    line: Int, column: Int, path: String, reason: String, hidesLine: Bool = false, hidesValue: Bool = false,
    mayPass: Bool = false
  ) {
    self.hidesValue = hidesValue
    self.hidesLine = hidesLine
    self.mayPass = mayPass
    self.line = line
    self.column = column
    self.path = path
    self.reason = reason
  }
}

/// Everything that is wrong with a configuration, in the order of the file.
package struct ConfigurationError: Error, Sendable {
  package let file: String
  /// The file's lines, to show the offending ones.
  package let lines: [String]
  package let problems: [Problem]
  /// There are more mistakes than `problems`.
  package let hasMore: Bool
  /// `3 mistakes`, `more than 100 mistakes`.
  package var count: String { (hasMore ? "more than " : "") + counted(problems.count, "mistake") }
  /// All problems may go away: nothing in the file has to be mended.
  package var mayPass: Bool { problems.allSatisfy(\.mayPass) }

  package init(file: String, lines: [String], problems: [Problem], hasMore: Bool = false) {
    self.hasMore = hasMore
    self.file = file
    self.lines = lines
    self.problems = problems
  }
}
