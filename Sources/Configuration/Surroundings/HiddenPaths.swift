import Glibc

/// A path that the packaged unit keeps from the daemon, though whoever tries it by hand has it: `systemd/fieldpost.service` has
/// PrivateTmp, ProtectHome and ProtectSystem=strict.
package struct HiddenPath: Hashable, Sendable {
  /// What the daemon does with a path, by which the advice differs.
  package enum Use: Hashable, Sendable {
    /// Another program writes a number there again and again, and the daemon reads it.
    case value
    /// A person puts it there once: a certificate, a key, a password.
    case setting
    /// The daemon writes it.
    case output
  }

  enum Cause: Hashable, Sendable {
    /// PrivateTmp: what is there has the service's own files, and goes with it.
    case ownTemporary
    /// ProtectHome.
    case home
    /// ProtectSystem=strict.
    case readOnly
  }

  let use: Use
  let cause: Cause
  /// The part of the path that is hidden, `/var/tmp`; the folder of the file where all of it is read-only.
  let folder: String

  private static let temporary = ["/tmp", "/var/tmp"]
  private static let homes = ["/home", "/root", "/run/user"]
  /// The unit's own directories, and what ProtectSystem leaves alone.
  private static let writable = ["/var/lib/fieldpost", "/var/log/fieldpost", "/run/fieldpost", "/dev", "/proc"]

  /// Nil: the service has what everybody has. Links are followed, also to what the service cannot see.
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

  /// `the service has a /tmp of its own; write to /run/…`: why, and what to do.
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

  /// Without `//`, `.` and `..`. /var/run is a link to /run on every Debian.
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
