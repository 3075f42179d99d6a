import Configuration
import Glibc

/// What to say besides of a file that the daemon cannot write.
enum OutputAdvice {
  /// `; as a service: …`, where the unit may be the reason; empty otherwise.
  static func text(_ path: String, code: Int32) -> String {
    guard let hidden = HiddenPath(path, for: .output), code == EROFS || isHidden(path, code) else { return "" }
    return "; in the systemd unit: \(hidden.advice)"
  }

  /// A folder that is there for everybody else, and empty or closed for the service.
  private static func isHidden(_ path: String, _ code: Int32) -> Bool {
    (code == ENOENT || code == EACCES) && HiddenPath(path, for: .setting) != nil
  }
}
