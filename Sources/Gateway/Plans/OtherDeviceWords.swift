import Spool
import Telemetry

extension OtherDevice {
  /// The problem, and what a person can do about it. `directory`: the buffer's directory.
  package func advice(for directory: String) -> String {
    let verb = waiting == 1 ? "waits" : "wait"
    return
      "\(counted(waiting, "reading")) of the device \(owner) \(verb) in \(directory), and device.id is \(user). Set it back to "
      + "\(owner) until they are delivered, or have them published as readings of \(user): "
      + "fieldpost spool rename \(user) \(directory)"
  }
}
