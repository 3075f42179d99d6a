import Glibc

/// The symbolic name of an errno that buses and sysfs are known to return, such as `EREMOTEIO`; `errno 123` for any
/// other.
func errnoName(_ code: Int32) -> String { names[code] ?? "errno \(code)" }

private let names: [Int32: String] = [
  EACCES: "EACCES", EAGAIN: "EAGAIN", EBADMSG: "EBADMSG", EBUSY: "EBUSY", EINVAL: "EINVAL", EIO: "EIO",
  EISDIR: "EISDIR", EMFILE: "EMFILE", ENFILE: "ENFILE", ENODATA: "ENODATA", ENODEV: "ENODEV", ENOENT: "ENOENT",
  ENOMEM: "ENOMEM",
  ENOTDIR: "ENOTDIR", ENOTTY: "ENOTTY", ENXIO: "ENXIO", EOPNOTSUPP: "EOPNOTSUPP", EPERM: "EPERM", EPROTO: "EPROTO",
  EREMOTEIO: "EREMOTEIO", ETIMEDOUT: "ETIMEDOUT",
]
