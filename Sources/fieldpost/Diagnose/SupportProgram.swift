import Glibc

/// A program whose output is wanted, whatever comes of it; not for longer than half a minute. By the shell, not by
/// Foundation's Process: that would make the tool twice as large.
struct SupportProgram {
  private let words: [String]

  init(_ path: String, _ arguments: [String]) { words = [path] + arguments }
  init(_ path: String, _ arguments: String...) { self.init(path, arguments) }

  /// The command, what it said, and how it ended if not well.
  var told: String {
    let (status, text) = run()
    let line = "$ \(words.joined(separator: " "))\n\(text)"
    return status == 0 ? line : line + "(exit status \(status))\n"
  }

  /// Standard output and standard error together.
  func run() -> (status: Int32, text: String) {
    let (status, bytes) = run(errors: "&1")
    return (status, String(decoding: bytes, as: UTF8.self))
  }

  /// Standard output alone.
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

  /// For the shell, one word whatever is in it.
  private func quoted(_ word: String) -> String {
    "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
