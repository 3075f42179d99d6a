/// Collects mistakes, so that one run tells them all.
final class Findings {
  private(set) var problems: [Problem] = []

  func add(_ mark: Mark, _ path: String, _ reason: String, hidesLine: Bool = false, mayPass: Bool = false) {
    problems.append(
      Problem(
        line: mark.line, column: mark.column, path: path, reason: reason, hidesLine: hidesLine,
        mayPass: mayPass))
  }

  /// A mistake that stands outside the file, such as in an environment variable.
  func add(outside path: String, _ reason: String) {
    problems.append(Problem(line: 0, column: 0, path: path, reason: reason))
  }

  /// In the order of the file.
  var sorted: [Problem] { problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) } }
}
