import Drivers
import Glibc

extension BusError {
  /// A device that could not be opened. Where its owner would not let us, it says who that is: that is what has to be
  /// mended. `open /dev/i2c-1 (root:i2c 0660) as fieldpost`
  init(opening path: String, errno code: Int32) {
    var status = stat()
    guard code == EACCES, stat(path, &status) == 0 else {
      self.init(errno: code, "open \(path)")
      return
    }
    let owner = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "\(status.st_uid)"
    let group = getgrgid(status.st_gid).map { String(cString: $0.pointee.gr_name) } ?? "\(status.st_gid)"
    let user = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
    let mode = String(status.st_mode & 0o777, radix: 8)
    self.init(errno: code, "open \(path) (\(owner):\(group) 0\(mode)) as \(user)")
  }
}
