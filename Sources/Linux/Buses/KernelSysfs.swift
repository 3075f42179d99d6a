import Drivers
import Glibc
import Telemetry

/// The kernel's own sensors, read as files.
package final class KernelSysfs: Sysfs {
  private let root: String

  /// `root` is put before every path.
  package init(root: String = "") { self.root = root }

  package func read(_ path: String) throws(BusError) -> [UInt8] {
    let file = try openFile(path, O_RDONLY, "read \(path)")
    defer { close(file) }
    try checkPlace(of: file, "read \(path)")
    do throws(SystemError) {
      return try readAll(file, path, limit: longestAttribute)
    } catch {
      throw BusError(errno: error.code, "read \(path)")
    }
  }

  /// Refuses a file in a private place, which a link may have led to: readings go to the broker, and configuration,
  /// secrets and the memory of processes must not. It checks the opened file, so that nobody can replace the link.
  private func checkPlace(of file: Int32, _ operation: String) throws(BusError) {
    let name = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      guard let bytes = buffer.baseAddress else { return nil as String? }
      let count = readlink("/proc/self/fd/\(file)", bytes, buffer.count)
      return count > 0 ? String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }
    // Nil: /proc is not mounted.
    guard let name, case let place = try withoutRoot(name), isPrivatePlace(place) else { return }
    throw BusError(.failed, operation, advice: "it is \(place), which is no place of readings")
  }

  /// Opens a regular file; every attribute is one. A pipe would block the thread until somebody writes to it, and
  /// opening a device can have effects, so the kind is checked first. It is checked again afterwards, because the file
  /// may have been replaced.
  private func openFile(_ path: String, _ access: Int32, _ operation: String) throws(BusError) -> Int32 {
    var status = stat()
    guard stat(root + path, &status) == 0 else { throw BusError(errno: errno, operation) }
    try Self.checkKind(status, operation)
    let file = open(root + path, access | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard file >= 0 else { throw Self.refusal(errno, operation) }
    do throws(BusError) {
      guard fstat(file, &status) == 0 else { throw BusError(errno: errno, operation) }
      try Self.checkKind(status, operation)
    } catch {
      close(file)
      throw error
    }
    return file
  }

  private static func checkKind(_ status: stat, _ operation: String) throws(BusError) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: return
    case S_IFDIR: throw BusError(.failed, operation, code: EISDIR, advice: "it is a folder, not a file")
    case S_IFIFO: throw BusError(.failed, operation, advice: "it is a pipe, not a file")
    case S_IFSOCK: throw BusError(.failed, operation, advice: "it is a socket, not a file")
    default: throw BusError(.failed, operation, advice: "it is a device, not a file")
    }
  }

  /// EAGAIN means that another program has a lease on the file (fcntl(2), F_SETLEASE). BusError would take it for a
  /// lost arbitration.
  private static func refusal(_ code: Int32, _ operation: String) -> BusError {
    guard code == EAGAIN else { return BusError(errno: code, operation) }
    return BusError(
      .failed, operation, code: code, advice: "another program keeps it from being opened at the moment")
  }

  package func entries(of directory: String) throws(BusError) -> [String] {
    do throws(SystemError) {
      return try directoryEntries(root + directory).sorted()
    } catch {
      throw BusError(errno: error.code, "list \(directory)")
    }
  }

  package func times(of path: String) throws(BusError) -> FileTimes {
    var status = stat()
    guard stat(root + path, &status) == 0 else { throw BusError(errno: errno, "read the time of \(path)") }
    // Saturated: any user who may write the file can give it any time.
    let seconds = Int64(status.st_mtim.tv_sec)
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carried) = scaled.addingReportingOverflow(Int64(status.st_mtim.tv_nsec))
    let written = overflow || carried ? (seconds < 0 ? Int64.min : .max) : sum
    return FileTimes(written: WallTime(nanoseconds: written), now: SystemClock.wall())
  }

  package func write(_ bytes: [UInt8], to path: String) throws(BusError) {
    let file = try openFile(path, O_WRONLY, "open \(path)")
    defer { close(file) }
    guard Glibc.write(file, bytes, bytes.count) == bytes.count else { throw BusError(errno: errno, "write \(path)") }
  }

  package var now: Uptime { Uptime(nanoseconds: SystemClock.monotonic()) }

  package func target(ofLink path: String) throws(BusError) -> String {
    guard let resolved = realpath(root + path, nil) else { throw BusError(errno: errno, "follow \(path)") }
    defer { free(resolved) }
    return try withoutRoot(String(cString: resolved))
  }

  /// A resolved path as it is below `root`.
  private func withoutRoot(_ path: String) throws(BusError) -> String {
    guard !root.isEmpty, let resolved = realpath(root, nil) else { return path }
    defer { free(resolved) }
    let inside = String(cString: resolved) + "/"
    guard inside != "//" else { return path }
    guard path.hasPrefix(inside) else { throw BusError(.absent, "follow a link out of \(root) to \(path)") }
    return "/" + path.dropFirst(inside.count)
  }
}
