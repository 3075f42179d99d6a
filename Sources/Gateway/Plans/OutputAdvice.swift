import Configuration
import Glibc

/// Additional advice about a file that the daemon cannot write.
enum OutputAdvice {
  /// `; in the systemd unit: …` if the unit may be the reason; empty otherwise.
  static func text(_ path: String, code: Int32) -> String {
    guard let hidden = HiddenPath(path, for: .output), code == EROFS || isHidden(path, code) else { return "" }
    return "; in the systemd unit: \(hidden.advice)"
  }

  /// Whether the folder exists for everybody else, and is empty or closed for the service.
  private static func isHidden(_ path: String, _ code: Int32) -> Bool {
    (code == ENOENT || code == EACCES) && HiddenPath(path, for: .setting) != nil
  }
}
