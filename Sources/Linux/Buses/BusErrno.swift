import Drivers
import Glibc

extension BusError {
  /// What the kernel's numbers mean on a bus (Documentation/i2c/fault-codes.rst), on a line and in sysfs.
  init(errno code: Int32, _ operation: String, advice: String? = nil) {
    let kind: Kind =
      switch code {
      case ENXIO, EREMOTEIO: .noAcknowledge
      case ETIMEDOUT: .timeout
      case EAGAIN: .arbitrationLost
      case EBADMSG: .packetErrorCode
      case ENOENT, ENODEV, ENOTDIR: .absent
      // A read-only /sys is what the unit's ProtectKernelTunables makes of it.
      case EACCES, EPERM, EROFS: .denied
      case EOPNOTSUPP, ENOTTY, EINVAL: .unsupported
      default: .failed
      }
    self.init(kind, operation, code: code, advice: advice)
  }
}
