import Telemetry

/// So many bytes are read of an attribute at most: it is a page, and no longer. What another file has beyond that is not read.
package let longestAttribute = 4_096

/// What the kernel shows of its own sensors (1-Wire, hwmon, IIO, thermal zones). Paths are absolute, as the kernel has
/// them (`/sys/class/hwmon`); an implementation may put another root before them.
package protocol Sysfs: AnyObject {
  /// The whole of an attribute: one open, one read, one close. Blocks as long as the kernel's driver converts.
  func read(_ path: String) throws(BusError) -> [UInt8]

  /// The names in a directory, sorted.
  func entries(of directory: String) throws(BusError) -> [String]

  /// Where a symbolic link points to, resolved to an absolute path.
  func target(ofLink path: String) throws(BusError) -> String

  /// Writes to an attribute. Blocks as long as the kernel's driver wants.
  func write(_ bytes: [UInt8], to path: String) throws(BusError)

  /// When a file was last written. Of the kernel's own attributes this says nothing: they are made when they are read.
  func times(of path: String) throws(BusError) -> FileTimes

  /// A clock that only goes forward.
  var now: Uptime { get }
}
