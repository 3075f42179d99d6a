/// Collects mistakes, so that one run reports all of them, or the first hundred: nobody mends more at once, and a file
/// that is not a configuration at all must not cost time.
final class Diagnostics {
  static let most = 100

  private(set) var problems: [Problem] = []
  /// More mistakes were found than fit; from then on the file is not searched for others.
  private(set) var isFull = false
  /// The places of keys that are known.
  private(set) var recognised: Set<Mark> = []

  func add(
    _ mark: Mark, _ path: String, _ reason: String, hidesLine: Bool = false, hidesValue: Bool = false,
    mayPass: Bool = false
  ) {
    add(
      Problem(
        line: mark.line, column: mark.column, path: path, reason: reason, hidesLine: hidesLine, hidesValue: hidesValue,
        mayPass: mayPass))
  }

  /// Adds a mistake outside the file, such as in an environment variable.
  func add(outside path: String, _ reason: String) {
    add(Problem(line: 0, column: 0, path: path, reason: reason))
  }

  private func add(_ problem: Problem) {
    if problems.count < Self.most { problems.append(problem) } else { isFull = true }
  }

  func recognise(_ mark: Mark) { recognised.insert(mark) }

  /// The mistakes in the order of the file.
  var sorted: [Problem] { problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) } }
}
