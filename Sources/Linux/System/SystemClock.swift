import CLinux
import Glibc
import Synchronization
import Telemetry

/// The kernel's clocks.
package enum SystemClock {
  /// CLOCK_BOOTTIME: never steps, and includes time in suspend.
  package static func uptime() -> Uptime { Uptime(nanoseconds: read(CLOCK_BOOTTIME)) }

  /// CLOCK_REALTIME, right or wrong.
  static func wall() -> WallTime { WallTime(nanoseconds: read(CLOCK_REALTIME)) }

  /// CLOCK_MONOTONIC in nanoseconds, the clock of the kernel's GPIO edge timestamps.
  static func monotonic() -> Int64 { read(CLOCK_MONOTONIC) }

  /// Both clocks now, and whether the kernel considers the wall clock synchronised (STA_UNSYNC of adjtimex: set and
  /// cleared for timesyncd, chrony and ntpd alike; set again after some hours without a source).
  package static func stamp() -> Stamp {
    let wall = wall()
    return Stamp(boot: bootID, uptime: uptime(), wall: wall, synced: isSynchronised(at: wall))
  }

  private static let isSimulated = Atomic(false)

  /// From now on the clock counts as synchronised: on a simulated board all is well, whatever machine simulates it.
  package static func simulate() { isSimulated.store(true, ordering: .relaxed) }

  private static func isSynchronised(at wall: WallTime) -> Bool {
    guard !isSimulated.load(ordering: .relaxed) else { return true }
    let word = clinux_clock_is_synchronised()
    return word < 0 ? Timesyncd.isSynchronised(at: wall) : word == 1
  }

  /// Boot id from `/proc/sys/kernel/random/boot_id`; 0 where there is no such file, so that nothing is corrected across
  /// boots that cannot be distinguished.
  package static let bootID: BootID = {
    let text = (try? readFile("/proc/sys/kernel/random/boot_id", limit: 64)) ?? []
    let digits = String(decoding: text, as: UTF8.self).filter(\.isHexDigit).prefix(16)
    return BootID(UInt64(digits, radix: 16) ?? 0)
  }()

  /// Blocks the thread, as a driver does while its chip converts.
  package static func sleep(_ duration: Duration) {
    let end = uptime() + duration
    var deadline = timespec(
      tv_sec: Int(end.nanoseconds / 1_000_000_000), tv_nsec: Int(end.nanoseconds % 1_000_000_000))
    while clock_nanosleep(CLOCK_BOOTTIME, TIMER_ABSTIME, &deadline, nil) == EINTR {}
  }

  private static func read(_ clock: clockid_t) -> Int64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
