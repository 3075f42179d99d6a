import Glibc
import Telemetry

/// Bounds what one call of the library may allocate. libmosquitto allocates a packet as soon as it knows the announced
/// length, up to 256 MiB, whatever limit the broker was asked to keep to. With MQTT 3.1.1 the broker cannot be asked.
/// Beyond the budget the kernel refuses the memory, and the library ends the connection ("out of memory").
///
/// The limit applies to the whole process (RLIMIT_DATA), but only for the length of the call. The budget must be more than
/// other threads ask for meanwhile, because a Swift program ends when it gets no memory. Stacks count too: the gateway
/// starts its stations, each with a thread, before the uplink.
struct MemoryBudget {
  /// The library copies a message once, so a call may need twice the size of a message, and a subscriber copies it once
  /// more (`Intake`). Together with what a call has allocated before the memory use is measured again, this stays below
  /// 32 MiB.
  static let bytes: UInt = 24 << 20
  /// The memory use of the process is measured no more often than this: a backlog brings thousands of calls a second.
  private static let freshness = Duration.milliseconds(100)

  private var measured: (size: UInt, at: Uptime)?

  /// For a single call, which measures the memory use first.
  static func within<Result>(_ call: () -> Result) -> Result {
    var budget = MemoryBudget()
    return budget.within(at: Uptime(nanoseconds: 0), call)
  }

  mutating func within<Result>(at now: Uptime, _ call: () -> Result) -> Result {
    if measured.map({ now - $0.at >= Self.freshness }) ?? true { measured = Self.dataSize().map { ($0, now) } }
    guard let measured, let usual = Self.usual else { return call() }
    var limit = usual
    limit.rlim_cur = min(limit.rlim_cur, rlim_t(measured.size + Self.bytes))
    guard setrlimit(Self.resource, &limit) == 0 else { return call() }
    defer { Self.restore(usual) }
    return call()
  }

  private static let resource = __rlimit_resource_t(RLIMIT_DATA.rawValue)
  /// The limit between calls; nothing else changes it.
  private static let usual: rlimit? = {
    var limit = rlimit()
    return getrlimit(resource, &limit) == 0 ? limit : nil
  }()

  private static func restore(_ usual: rlimit) {
    var limit = usual
    let errnoValue = errno
    setrlimit(resource, &limit)
    errno = errnoValue
  }

  private static let statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
  private static let pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))

  /// The amount that the kernel compares with the limit, in bytes: the sixth number of proc_pid_statm(5). Nil where
  /// /proc is not mounted.
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
