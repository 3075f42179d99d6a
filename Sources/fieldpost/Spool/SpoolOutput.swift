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
    if descriptor != STDOUT_FILENO, close(descriptor) != 0 {
      throw Self.failed(SystemError("write \(name)", code: errno))
    }
  }

  private func flush() throws(ExitCode) {
    do throws(SystemError) { try writeAll(buffer, to: descriptor, name) } catch { throw Self.failed(error) }
    buffer.removeAll(keepingCapacity: true)
  }

  private static func failed(_ error: SystemError) -> ExitCode {
    complain("\(error)")
    return SpoolCommand.unreadable
  }
}
