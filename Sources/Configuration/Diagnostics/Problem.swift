import Telemetry

/// One mistake in the file: where, what, and what to do about it.
public struct Problem: Error, Hashable, Sendable {
  /// Counted from 1, as editors do; 0 when the mistake is not in the file.
  public let line: Int
  /// Counted from 1, in characters.
  public let column: Int
  /// `sensors[2].address`; empty for the file as a whole.
  public let path: String
  /// One sentence, no secrets; may end with a suggestion.
  public let reason: String
  /// The line of the file may hold a secret and is not to be shown.
  public let hidesLine: Bool
  /// What follows the key may be a secret and is not to be shown; the key is.
  public let hidesValue: Bool
  /// The board may be right a little later: an interface that is not there yet while it boots.
  public let mayPass: Bool

  public init(
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
public struct ConfigurationError: Error, Sendable {
  public let file: String
  /// The file's lines, to show the offending ones.
  public let lines: [String]
  public let problems: [Problem]
  /// There are more than these.
  public let hasMore: Bool
  /// `3 mistakes`, `more than 100 mistakes`.
  public var count: String { (hasMore ? "more than " : "") + counted(problems.count, "mistake") }
  /// Nothing in the file has to be mended.
  public var mayPass: Bool { problems.allSatisfy(\.mayPass) }

  public init(file: String, lines: [String], problems: [Problem], hasMore: Bool = false) {
    self.hasMore = hasMore
    self.file = file
    self.lines = lines
    self.problems = problems
  }
}
