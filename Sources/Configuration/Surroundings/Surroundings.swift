import Drivers
import Glibc

/// What a configuration refers to and does not hold: variables, the files beside it, and what the board is called.
struct Surroundings {
  let environment: (String) -> String?
  /// Where relative paths begin, with a `/` at its end; empty for the working directory.
  var directory = ""
  /// The board's files, for `{serial}`, `{hostname}` and `{mac}`; nil leaves them as they are written.
  var board: (any Sysfs)?
  /// The file is from another board, whose secrets and certificates are not here: they are not looked at.
  var isElsewhere = false

  func path(_ written: String) -> String { written.hasPrefix("/") ? written : directory + written }

  /// The directory in which a file really is: `devices.yaml` may be a link into a folder with its certificates.
  static func directory(of file: String) -> String {
    guard let resolved = realpath(file, nil) else { return "" }
    defer { free(resolved) }
    let path = String(cString: resolved)
    return String(path[...(path.lastIndex(of: "/") ?? path.startIndex)])
  }
}
