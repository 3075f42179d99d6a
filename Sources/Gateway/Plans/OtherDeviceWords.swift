import Spool
import Telemetry

extension OtherDevice {
  /// What stands in the way, and what a person can do. `directory`: that of the buffer.
  package func advice(for directory: String) -> String {
    let verb = waiting == 1 ? "waits" : "wait"
    return
      "\(counted(waiting, "reading")) of the device \(owner) \(verb) in \(directory), and device.id is \(user). Set it back to "
      + "\(owner) until they are delivered, or have them published as readings of \(user): "
      + "fieldpost spool rename \(user) \(directory)"
  }
}
