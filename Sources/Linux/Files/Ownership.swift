import Drivers
import Glibc

extension BusError {
  /// A device that could not be opened. If access was denied, the error says who owns the device and who we are: `open
  /// /dev/i2c-1 (root:i2c 0660) as fieldpost`
  init(opening path: String, errno code: Int32) {
    var status = stat()
    switch code {
    case EACCES where stat(path, &status) == 0:
      let device = Ownership(of: status)
      self.init(errno: code, "open \(path) (\(device)) as \(device.user)", advice: device.advice)
    case ENOENT where path.split(separator: "/").last?.hasPrefix("i2c-") == true:
      self.init(errno: code, "open \(path)", advice: Self.noAdapter(path))
    default:
      self.init(errno: code, "open \(path)")
    }
  }

  /// Advice where a bus does not exist, or has another number.
  private static func noAdapter(_ path: String) -> String {
    let device = path.split(separator: "/").last ?? ""
    let root = String(path.dropLast("/dev/".count + device.count))
    let there = KernelI2CBus.names(root: root)
    if there.isEmpty { return BoardKind(KernelSysfs(root: root)).noI2C }
    return "there are \(there.joined(separator: ", ")); "
      + "on the pins of a Raspberry Pi it is i2c-1, which dtparam=i2c_arm=on in config.txt switches on"
  }
}

/// The names of a device's owner and group, and of our own user.
private struct Ownership: CustomStringConvertible {
  let owner: String
  let group: String
  let mode: mode_t
  let user: String

  init(of status: stat) {
    owner = accountName(status.st_uid, in: "/etc/passwd")
    group = accountName(status.st_gid, in: "/etc/group")
    mode = status.st_mode & 0o777
    user = accountName(geteuid(), in: "/etc/passwd")
  }

  /// `root:i2c 0660`.
  var description: String { "\(owner):\(group) 0\(String(mode, radix: 8))" }

  var advice: String {
    mode & 0o060 == 0o060 && group != "root"
      ? "\(user) has to be in the group \(group): usermod -aG \(group) \(user), then restart the daemon"
      : "no group may use it: a udev rule has to give it one, as /usr/lib/udev/rules.d/60-fieldpost.rules does"
  }
}

/// The name of a user or a group, from /etc/passwd or /etc/group. The C library is not used: it would load its name
/// services into the daemon, and its result is not thread-safe.
func accountName(_ id: UInt32, in file: String) -> String {
  let bytes = (try? readFile(file, limit: 1 << 18)) ?? []
  for line in bytes.split(separator: UInt8(ascii: "\n")) {
    let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard fields.count >= 3, UInt32(String(decoding: fields[2], as: UTF8.self)) == id else { continue }
    return String(decoding: fields[0], as: UTF8.self)
  }
  return "\(id)"
}
