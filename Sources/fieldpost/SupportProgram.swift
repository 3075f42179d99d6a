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

  func run() -> (status: Int32, text: String) {
    guard let stream = popen("exec timeout 30 \(words.map(quoted).joined(separator: " ")) 2>&1 < /dev/null", "r") else {
      return (127, String(cString: strerror(errno)) + "\n")
    }
    var output: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { output += chunk[..<count] }
    let ending = pclose(stream)
    return (ending & 0x7F == 0 ? ending >> 8 & 0xFF : 128 + (ending & 0x7F), String(decoding: output, as: UTF8.self))
  }

  /// For the shell, one word whatever is in it.
  private func quoted(_ word: String) -> String {
    "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
