import Glibc
import Linux
import Sampling

/// Keeps the raised alarms over a restart, in a file beside the buffer's segments. It is written only when one is raised or
/// cleared: a board at rest wears no flash. Lives on the spool's thread.
struct AlarmFile: Sendable {
  static let fileName = "alarms"
  private static let limit = 1 << 20

  private let path: String
  private let complain: @Sendable (String) -> Void

  /// `complain` is called, on the spool's thread, with what a person should know.
  init(directory: String, complain: @escaping @Sendable (String) -> Void) {
    path = directory + "/" + Self.fileName
    self.complain = complain
  }

  /// Nothing when there is no file, or none that can be read: then the alarms that are raised will be told once more.
  func load() -> [AlarmTracker.Raised] {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try readFile(path, limit: Self.limit)
    } catch {
      if error.code != ENOENT { complain("alarms: \(error): raised alarms will be reported once more") }
      return []
    }
    if let raised = AlarmFileFormat.decode(bytes) { return raised }
    complain("alarms: \(path) is damaged or not fieldpost's: raised alarms will be reported once more")
    return []
  }

  /// Whether it succeeded.
  func save(_ raised: [AlarmTracker.Raised]) -> Bool {
    do throws(SystemError) {
      try replaceFile(path, with: AlarmFileFormat.encode(raised))
      return true
    } catch {
      complain("alarms: \(error): after a restart, raised alarms would be reported once more")
      return false
    }
  }
}
