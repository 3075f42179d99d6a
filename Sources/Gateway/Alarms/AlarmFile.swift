import Glibc
import Linux
import Sampling

/// Keeps the raised alarms across a restart, in a file beside the buffer's segments. It is written only when an alarm
/// is raised or cleared, to spare the flash. Lives on the spool's thread.
struct AlarmFile: Sendable {
  static let fileName = "alarms"
  private static let limit = 1 << 20

  private let path: String
  private let files: any SmallFiles
  private let complain: @Sendable (String) -> Void

  /// `complain` is called on the spool's thread, with a message for a person.
  init(directory: String, files: any SmallFiles = KernelFiles(), complain: @escaping @Sendable (String) -> Void) {
    path = directory + "/" + Self.fileName
    self.files = files
    self.complain = complain
  }

  /// Empty if the file is missing or unreadable: the raised alarms will then be reported once more.
  func load() -> [AlarmTracker.Raised] {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try files.read(path, limit: Self.limit)
    } catch {
      if error.code != ENOENT { complain("alarms: \(error): raised alarms will be reported once more") }
      return []
    }
    if let raised = AlarmFileFormat.decode(bytes) { return raised }
    complain("alarms: \(path) is damaged or not fieldpost's: raised alarms will be reported once more")
    return []
  }

  /// Returns whether it succeeded.
  func save(_ raised: [AlarmTracker.Raised]) -> Bool {
    do throws(SystemError) {
      try files.replace(path, with: AlarmFileFormat.encode(raised))
      return true
    } catch {
      complain("alarms: \(error): after a restart, raised alarms would be reported once more")
      return false
    }
  }
}
