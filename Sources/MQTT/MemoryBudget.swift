import Glibc

/// Bounds what one call of the library may allocate. libmosquitto makes room for a packet as soon as it knows the length that
/// the packet announces, up to 256 MiB, whatever limit the broker was asked to keep to, and with MQTT 3.1.1 it cannot be
/// asked. Beyond the budget the kernel refuses the memory, and the library ends the connection ("out of memory").
///
/// The limit is the process's (RLIMIT_DATA); it is there only for the length of the call, and the budget is more than other
/// threads ask for meanwhile.
enum MemoryBudget {
  private static let bytes: UInt = 8 << 20

  static func within<Result>(_ call: () -> Result) -> Result {
    var limit = rlimit()
    guard let size = dataSize(), getrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0 else {
      return call()
    }
    let former = limit
    limit.rlim_cur = min(limit.rlim_cur, size + bytes)
    guard setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit) == 0 else { return call() }
    defer { restore(former) }
    return call()
  }

  private static func restore(_ former: rlimit) {
    var limit = former
    let errnoValue = errno
    setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
    errno = errnoValue
  }

  private static let statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
  private static let pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))

  /// What the limit is compared with, in bytes: the sixth number of proc_pid_statm(5). Nil where /proc is not mounted.
  private static func dataSize() -> UInt? {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { buffer in
      let count = pread(statm, buffer.baseAddress, buffer.count, 0)
      guard count > 0 else { return nil }
      let fields = buffer[..<count].split(separator: UInt8(ascii: " "))
      guard fields.count >= 6 else { return nil }
      return fields[5].reduce(0 as UInt) { $0 * 10 + UInt($1 & 0x0F) } * pageSize
    }
  }
}
