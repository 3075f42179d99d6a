import CLinux
import Glibc
import Telemetry

/// The clock's state according to systemd-timesyncd. Used where a sandbox (ProtectClock) hides the kernel's own state.
enum Timesyncd {
  /// This folder exists while the service runs. The file in it appears at the first synchronisation of this boot, and
  /// is touched at each (systemd-timesyncd.service(8)).
  static let folder = "/run/systemd/timesync"
  /// To the kernel a clock is unsynchronised when its possible error reaches 16 s: 32,000 s without a source at 500
  /// ppm.
  static let patience = Duration.seconds(32_000)

  static func isSynchronised(in folder: String = folder, at now: WallTime) -> Bool {
    var status = stat()
    guard stat(folder + "/synchronized", &status) == 0 else { return false }
    let touched = WallTime(
      nanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
    return isFresh(touched: touched, at: now)
  }

  /// A clock that is earlier than the touch has been set back since.
  static func isFresh(touched: WallTime, at now: WallTime) -> Bool {
    now >= touched && now.nanoseconds - touched.nanoseconds < patience.nanoseconds
  }
}

extension SystemClock {
  /// Why the program cannot tell whether the clock is set; nil: it can.
  package static func doubt() -> String? {
    guard clinux_clock_is_synchronised() < 0, access(Timesyncd.folder, F_OK) != 0 else { return nil }
    return
      "cannot tell whether the clock is set: systemd-timesyncd does not run, and the unit's ProtectClock hides what the "
      + "kernel knows; it counts as not set (unsynced in the readings). With chrony or another time service install "
      + "fieldpost-clock.conf, see fieldpostd(8)"
  }
}
