import Glibc

/// A path that the packaged unit hides from the daemon, though a person who tries it by hand can use it:
/// `systemd/fieldpost.service` has PrivateTmp, ProtectHome and ProtectSystem=strict.
package struct HiddenPath: Hashable, Sendable {
  /// The daemon's use of a path, on which the advice depends.
  package enum Use: Hashable, Sendable {
    /// Another program writes a number there repeatedly, and the daemon reads it.
    case value
    /// A person puts a file there once: a certificate, a key, a password.
    case setting
    /// The daemon writes there.
    case output
  }

  enum Cause: Hashable, Sendable {
    /// PrivateTmp: the service has its own directory there, which is removed with it.
    case ownTemporary
    /// Hidden by ProtectHome.
    case home
    /// Made read-only by ProtectSystem=strict.
    case readOnly
  }

  let use: Use
  let cause: Cause
  /// The hidden part of the path, `/var/tmp`; where everything is read-only, the folder of the file.
  let folder: String

  private static let temporary = ["/tmp", "/var/tmp"]
  private static let homes = ["/home", "/root", "/run/user"]
  /// The unit's own directories, and those that ProtectSystem leaves writable.
  private static let writable = ["/var/lib/fieldpost", "/var/log/fieldpost", "/run/fieldpost", "/dev", "/proc"]

  /// Nil: the service sees the same as everybody. Links are followed, also into places that the service cannot see.
  package init?(_ path: String, for use: Use) { self.init(path, for: use, resolved: resolvedPath(path)) }

  init?(_ path: String, for use: Use, resolved: String?) {
    for path in [path, resolved].compactMap({ $0.map(Self.plain) }) where path.hasPrefix("/") {
      if let (cause, folder) = Self.cause(path, use) {
        (self.use, self.cause, self.folder) = (use, cause, folder)
        return
      }
    }
    return nil
  }

  private static func cause(_ path: String, _ use: Use) -> (Cause, String)? {
    if let folder = temporary.first(where: { path.isBelow($0) }) { return (.ownTemporary, folder) }
    if let folder = homes.first(where: { path.isBelow($0) }) { return (.home, folder) }
    guard use == .output, !writable.contains(where: { path.isBelow($0) }) else { return nil }
    return (.readOnly, String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
  }

  /// The reason and the remedy: `the service has a /tmp of its own; write to /run/…`.
  package var advice: String {
    switch cause {
    case .ownTemporary: "the service has a \(folder) of its own; \(remedy)"
    case .home: "the service does not see \(folder); \(remedy)"
    case .readOnly:
      "the service may write only below /var/lib/fieldpost, /var/log/fieldpost and /run/fieldpost; for another folder "
        + "add ReadWritePaths=\(folder.isEmpty ? "/" : folder) with: systemctl edit fieldpost"
    }
  }

  private var remedy: String {
    switch use {
    case .value: "write to /run/… in its place"
    case .setting: "put it into /etc/fieldpost"
    case .output: "choose a folder below /var/lib/fieldpost, /var/log/fieldpost or /run/fieldpost"
    }
  }

  /// The path without `//`, `.` and `..`, and with /run for /var/run, which is a link to it on every Debian.
  private static func plain(_ path: String) -> String {
    guard path.hasPrefix("/") else { return path }
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    if parts.starts(with: ["var", "run"]) { parts.removeFirst() }
    return "/" + parts.joined(separator: "/")
  }
}

extension String {
  fileprivate func isBelow(_ folder: String) -> Bool { self == folder || hasPrefix(folder + "/") }
}
