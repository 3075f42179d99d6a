import Foundation
import Testing

/// A real terminal of a certain size with a program in it, and what a person sees there. By tmux.
final class TerminalScreen: Sendable {
  private let workplace: Workplace
  private let name: String

  /// `command` is for a shell, which then waits, so that the last screen stays.
  init(
    _ workplace: Workplace, _ command: String, columns: Int = 80, rows: Int = 24, environment: [String: String] = [:]
  ) throws {
    self.workplace = workplace
    name = "terminal-\(UUID().uuidString.prefix(4))"
    let settings = try workplace.write("set -g status off\n", to: name + ".conf")
    let variables = environment.map { "export \($0)='\($1)'\n" }.joined()
    let script = try workplace.write(
      "\(variables)\(command)\necho $? > \(workplace.path(name + ".status"))\nexec sleep 1000\n", to: name + ".sh")
    // Without a terminal of our own around it.
    let words = ["-u", "TMUX", "LC_ALL=C.UTF-8", "tmux", "-S", workplace.path(name), "-u", "-f", settings]
    let size = ["-x", "\(columns)", "-y", "\(rows)"]
    let start = try Program(
      "/usr/bin/env", words + ["new-session", "-d"] + size + ["bash --noprofile --norc \(script)"])
    try #require(start.exitStatus() == 0, "\(start.lines)")
  }

  deinit { tmux("kill-server") }

  @discardableResult
  private func tmux(_ words: String...) -> [String] {
    guard let program = try? Program("/usr/bin/tmux", ["-S", workplace.path(name)] + words) else { return [] }
    _ = program.exitStatus()
    return program.lines
  }

  /// The lines as they stand there now, without spaces at their ends.
  var lines: [String] { tmux("capture-pane", "-p") }

  /// Keys by their letters.
  func type(_ text: String) { tmux("send-keys", "-l", text) }

  /// A key by its name: `C-c`, `Enter`, `Tab`.
  func press(_ key: String) { tmux("send-keys", key) }

  /// Everything that is written to the terminal from now on, as it is, into a file.
  func record(to file: String) { tmux("pipe-pane", "cat > \(workplace.path(file))") }

  /// Waits until the screen is so, and gives it; nil: it never was.
  func when(_ isSo: ([String]) -> Bool) -> [String]? {
    let deadline = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < deadline {
      let seen = lines
      if isSo(seen) { return seen }
      usleep(100_000)
    }
    return nil
  }

  func shows(_ texts: String...) -> Bool {
    when { lines in texts.allSatisfy { text in lines.contains { $0.contains(text) } } } != nil
  }

  /// Waits until the program has ended.
  var exitStatus: Int32? {
    let file = workplace.path(name + ".status")
    var status: Int32?
    _ = eventually(within: .seconds(60)) {
      status = (try? String(contentsOfFile: file, encoding: .utf8)).flatMap {
        Int32($0.trimmingCharacters(in: .whitespacesAndNewlines))
      }
      return status != nil
    }
    return status
  }
}
