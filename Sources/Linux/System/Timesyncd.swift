import CLinux
import Glibc
import Telemetry

/// What systemd-timesyncd says about the clock. Asked where a sandbox (ProtectClock) keeps the kernel's own word away.
enum Timesyncd {
  /// Its folder is there while it runs; the file appears with the first synchronisation of this boot, and is touched at
  /// each (systemd-timesyncd.service(8)).
  static let folder = "/run/systemd/timesync"
  /// The kernel holds a clock for wrong when its possible error reaches 16 s, at 500 ppm: 32,000 s without a source.
  static let patience = Duration.seconds(32_000)

  static func isSynchronised(in folder: String = folder, at now: WallTime) -> Bool {
    var status = stat()
    guard stat(folder + "/synchronized", &status) == 0 else { return false }
    let touched = WallTime(
      nanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
    return isFresh(touched: touched, at: now)
  }

  /// A clock that is before the touch was set back since.
  static func isFresh(touched: WallTime, at now: WallTime) -> Bool {
    now >= touched && now.nanoseconds - touched.nanoseconds < patience.nanoseconds
  }
}

extension SystemClock {
  /// Why nobody can tell whether the clock is set, if so.
  package static func doubt() -> String? {
    guard clinux_clock_is_synchronised() < 0, access(Timesyncd.folder, F_OK) != 0 else { return nil }
    return
      "cannot tell whether the clock is set: systemd-timesyncd does not run, and the unit's ProtectClock hides what the "
      + "kernel knows; it counts as not set (unsynced in the readings). With chrony or another time service install "
      + "fieldpost-clock.conf, see fieldpostd(8)"
  }
}
