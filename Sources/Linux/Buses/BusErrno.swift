import Drivers
import Glibc

extension BusError {
  /// Translates the kernel's errno on a bus (Documentation/i2c/fault-codes.rst), on a line and in sysfs.
  init(errno code: Int32, _ operation: String, advice: String? = nil) {
    let kind: Kind =
      switch code {
      case ENXIO, EREMOTEIO: .noAcknowledge
      case ETIMEDOUT: .timeout
      case EAGAIN: .arbitrationLost
      case EBADMSG: .packetErrorCode
      case ENOENT, ENODEV, ENOTDIR: .absent
      // EROFS: the unit's ProtectKernelTunables makes /sys read-only.
      case EACCES, EPERM, EROFS: .denied
      case EOPNOTSUPP, ENOTTY, EINVAL: .unsupported
      default: .failed
      }
    self.init(kind, operation, code: code, advice: advice)
  }
}
