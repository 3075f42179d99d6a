import ArgumentParser
import Glibc
import Linux
import Telemetry

/// Writes lines to standard output or to a file. A write error is shown on standard error and thrown as the exit
/// status.
final class SpoolOutput {
  private let descriptor: Int32
  private let name: String
  private var buffer: [UInt8] = []

  /// Writes to standard output.
  init() throws { (descriptor, name) = (STDOUT_FILENO, "standard output") }

  /// Writes to a new file, or overwrites one if `mayOverwrite`. Only the calling user may read it: readings can reveal
  /// who is where.
  init(path: String, mayOverwrite: Bool) throws {
    name = path
    do throws(SystemError) {
      descriptor = try mayOverwrite ? overwritePrivateFile(path) : createPrivateFile(path)
    } catch {
      complain("\(error)\(error.code == EEXIST ? "; --force overwrites it" : "")")
      throw SpoolCommand.unreadable
    }
  }

  /// Writes a line of JSON, made printable.
  func json(_ bytes: some Sequence<UInt8>) throws(ExitCode) { try line(printableJSON(bytes)) }

  func line(_ bytes: [UInt8]) throws(ExitCode) {
    buffer += bytes
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count >= 1 << 16 { try flush() }
  }

  /// Writes what is still buffered. Call this at the end.
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
