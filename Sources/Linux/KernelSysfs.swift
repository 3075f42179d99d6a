import Drivers
import Glibc
import Telemetry

/// The kernel's own sensors, as files.
public final class KernelSysfs: Sysfs {
  /// An attribute is at most a page.
  private static let limit = 4_096

  private let root: String

  /// `root` is put before every path.
  public init(root: String = "") { self.root = root }

  public func read(_ path: String) throws(BusError) -> [UInt8] {
    do throws(SystemError) {
      return try readFile(root + path, limit: Self.limit)
    } catch {
      throw BusError(errno: error.code, "read \(path)")
    }
  }

  public func entries(of directory: String) throws(BusError) -> [String] {
    do throws(SystemError) {
      return try directoryEntries(root + directory).sorted()
    } catch {
      throw BusError(errno: error.code, "list \(directory)")
    }
  }

  public func times(of path: String) throws(BusError) -> FileTimes {
    var status = stat()
    guard stat(root + path, &status) == 0 else { throw BusError(errno: errno, "read the time of \(path)") }
    // Anybody who may write the file gives it any time.
    let seconds = Int64(status.st_mtim.tv_sec)
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carried) = scaled.addingReportingOverflow(Int64(status.st_mtim.tv_nsec))
    let written = overflow || carried ? (seconds < 0 ? Int64.min : .max) : sum
    return FileTimes(written: WallTime(nanoseconds: written), now: SystemClock.wall())
  }

  public func write(_ bytes: [UInt8], to path: String) throws(BusError) {
    let file = open(root + path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { throw BusError(errno: errno, "open \(path)") }
    defer { close(file) }
    guard Glibc.write(file, bytes, bytes.count) == bytes.count else { throw BusError(errno: errno, "write \(path)") }
  }

  public var now: Uptime { Uptime(nanoseconds: SystemClock.monotonic()) }

  public func target(ofLink path: String) throws(BusError) -> String {
    guard let resolved = realpath(root + path, nil) else { throw BusError(errno: errno, "follow \(path)") }
    defer { free(resolved) }
    return try withoutRoot(String(cString: resolved))
  }

  /// The path as the kernel has it.
  private func withoutRoot(_ path: String) throws(BusError) -> String {
    guard !root.isEmpty, let resolved = realpath(root, nil) else { return path }
    defer { free(resolved) }
    let inside = String(cString: resolved) + "/"
    guard inside != "//" else { return path }
    guard path.hasPrefix(inside) else { throw BusError(.absent, "follow a link out of \(root) to \(path)") }
    return "/" + path.dropFirst(inside.count)
  }
}
