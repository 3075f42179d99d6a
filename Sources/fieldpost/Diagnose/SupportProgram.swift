import Glibc

/// Runs a program for its output, whether it succeeds or not, for at most 30 s. It runs in a shell, because
/// Foundation's Process would double the size of the tool.
struct SupportProgram {
  private let words: [String]

  init(_ path: String, _ arguments: [String]) { words = [path] + arguments }
  init(_ path: String, _ arguments: String...) { self.init(path, arguments) }

  /// The command, its output, and its exit status unless that is 0.
  var told: String {
    let (status, text) = run()
    let line = "$ \(words.joined(separator: " "))\n\(text)"
    return status == 0 ? line : line + "(exit status \(status))\n"
  }

  /// Runs the program and returns standard output and standard error together.
  func run() -> (status: Int32, text: String) {
    let (status, bytes) = run(errors: "&1")
    return (status, String(decoding: bytes, as: UTF8.self))
  }

  /// Runs the program and returns standard output alone.
  func output() -> (status: Int32, bytes: [UInt8]) { run(errors: "/dev/null") }

  private func run(errors: String) -> (status: Int32, bytes: [UInt8]) {
    let command = "exec timeout 30 \(words.map(quoted).joined(separator: " ")) 2>\(errors) < /dev/null"
    guard let stream = popen(command, "r") else { return (127, Array((String(cString: strerror(errno)) + "\n").utf8)) }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { output += chunk[..<count] }
    let ending = pclose(stream)
    return (ending & 0x7F == 0 ? ending >> 8 & 0xFF : 128 + (ending & 0x7F), output)
  }

  /// Quotes a word for the shell.
  private func quoted(_ word: String) -> String {
    "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
