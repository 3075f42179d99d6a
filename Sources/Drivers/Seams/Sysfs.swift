import Telemetry

/// The maximum number of bytes read from a file. An attribute is at most a page; anything beyond that in another file
/// is ignored.
package let longestAttribute = 4_096

/// The kernel's files for its own sensors (1-Wire, hwmon, IIO, thermal zones). Paths are absolute, as in the kernel
/// (`/sys/class/hwmon`); an implementation may put another root before them.
package protocol Sysfs: AnyObject {
  /// Reads a whole attribute: one open, one read, one close. Blocks while the kernel's driver converts.
  func read(_ path: String) throws(BusError) -> [UInt8]

  /// The names in a directory, sorted.
  func entries(of directory: String) throws(BusError) -> [String]

  /// The target of a symbolic link, resolved to an absolute path.
  func target(ofLink path: String) throws(BusError) -> String

  /// Writes to an attribute. Blocks for as long as the kernel's driver takes.
  func write(_ bytes: [UInt8], to path: String) throws(BusError)

  /// When a file was last written. This is meaningless for the kernel's own attributes, which are generated on each
  /// read.
  func times(of path: String) throws(BusError) -> FileTimes

  /// A monotonic clock.
  var now: Uptime { get }
}
