import Drivers
import Glibc

/// The surroundings that a configuration refers to but does not contain: variables, the files beside it, and the
/// board's names.
struct Surroundings {
  let environment: (String) -> String?
  /// Folder where relative paths start, with a `/` at the end; empty: the working directory.
  var directory = ""
  /// The board's files, for `{serial}`, `{hostname}` and `{mac}`; nil: these placeholders are kept.
  var board: (any Sysfs)?
  /// The configuration is from another board: its secrets and certificates are not on this one, and are not looked at.
  var isElsewhere = false

  func path(_ written: String) -> String { written.hasPrefix("/") ? written : directory + written }

  /// The directory that a file is really in: `devices.yaml` may be a link into a folder with its certificates.
  static func directory(of file: String) -> String {
    guard let resolved = realpath(file, nil) else { return "" }
    defer { free(resolved) }
    let path = String(cString: resolved)
    return String(path[...(path.lastIndex(of: "/") ?? path.startIndex)])
  }
}
