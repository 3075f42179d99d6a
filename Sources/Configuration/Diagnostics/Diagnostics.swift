/// Collects mistakes, so that one run tells them all; or the first hundred of them: nobody mends more at once, and a file that
/// is no configuration at all must not keep anybody waiting.
final class Diagnostics {
  static let most = 100

  private(set) var problems: [Problem] = []
  /// There are more, which nobody has looked for.
  private(set) var isFull = false
  /// Where keys stand that are known.
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

  /// A mistake that stands outside the file, such as in an environment variable.
  func add(outside path: String, _ reason: String) {
    add(Problem(line: 0, column: 0, path: path, reason: reason))
  }

  private func add(_ problem: Problem) {
    if problems.count < Self.most { problems.append(problem) } else { isFull = true }
  }

  func recognise(_ mark: Mark) { recognised.insert(mark) }

  /// In the order of the file.
  var sorted: [Problem] { problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) } }
}
