import ArgumentParser
import Glibc
import Linux
import Telemetry

/// Lines to standard output or into a file. That they cannot be written goes to standard error and ends the program.
final class SpoolOutput {
  private let descriptor: Int32
  private let name: String
  private var buffer: [UInt8] = []

  /// Standard output.
  init() throws { (descriptor, name) = (STDOUT_FILENO, "standard output") }

  /// A file that must not be there yet, unless it may be overwritten. Only who called may read it: readings tell who is where.
  init(path: String, mayOverwrite: Bool) throws {
    name = path
    do throws(SystemError) {
      descriptor = try mayOverwrite ? overwritePrivateFile(path) : createPrivateFile(path)
    } catch {
      complain("\(error)\(error.code == EEXIST ? "; --force overwrites it" : "")")
      throw SpoolCommand.unreadable
    }
  }

  /// A line of JSON, as it may be shown.
  func json(_ bytes: some Sequence<UInt8>) throws(ExitCode) { try line(printableJSON(bytes)) }

  func line(_ bytes: [UInt8]) throws(ExitCode) {
    buffer += bytes
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count >= 1 << 16 { try flush() }
  }

  /// To be called at the end.
  func finish() throws(ExitCode) {
    try flush()
    if descriptor != STDOUT_FILENO, close(descriptor) != 0 { throw failed() }
  }

  private func flush() throws(ExitCode) {
    var rest = buffer[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { throw failed() }
      rest = rest.dropFirst(count)
    }
    buffer.removeAll(keepingCapacity: true)
  }

  private func failed() -> ExitCode {
    complain("\(SystemError("write \(name)", code: errno))")
    return SpoolCommand.unreadable
  }
}
