import Glibc

/// Explains who may use a file, for a person who has to mend it.
enum Access {
  /// `/etc/x.pem: Permission denied: fieldpost may not read it; mend it with: chgrp fieldpost /etc/x.pem && …`
  /// `name` is a short name of the file, for messages that do not need the path.
  static func refused(_ path: String, _ code: Int32, name: String) -> String {
    let reason = String(cString: strerror(code))
    guard code == EACCES else { return "\(shortened(name, to: 200)): \(reason)" }
    return denied(path, reason)
  }

  private static func denied(_ path: String, _ error: String) -> String {
    let shown = shortened(path, to: 200)  // commands need all of it
    let reason = "\(shown): \(error)"
    let (user, group) = (userName(geteuid()), groupName(getegid()))
    // The daemon gets these secrets from systemd; nobody should open the files to more users to check a configuration.
    if path.hasPrefix(StoredCredential.kept + "/") {
      return "\(reason): only root may read what is in \(StoredCredential.kept), and that is right: use sudo"
    }
    if geteuid() >= firstPerson { return "\(reason): \(user) may not read it, the daemon perhaps may: use sudo" }
    // Where a folder on the path is closed, opening the file itself would not help.
    if let folder = folders(above: path).first(where: { access($0, X_OK) != 0 }) {
      // The unit has ProtectHome, and nobody should open root's folder for a daemon.
      if Self.homes.contains(folder) {
        return "\(reason): \(user) may not look into \(folder): put the file into /etc/fieldpost"
      }
      return "\(reason): \(user) may not enter \(folder); mend it with: chgrp \(group) \(folder) && chmod g+x \(folder)"
    }
    return "\(reason): \(user) may not read it; mend it with: chgrp \(group) \(shown) && chmod g+r \(shown)"
  }

  /// Users from this id on are people; system users such as the daemon's have smaller ids (login.defs(5)).
  private static let firstPerson: uid_t = 1_000
  private static let homes = ["/home", "/root", "/run/user"]

  /// The folders above a path, from the root down.
  private static func folders(above path: String) -> [String] {
    path.indices.filter { path[$0] == "/" && $0 != path.startIndex }.map { String(path[..<$0]) }
  }

  static func userName(_ id: uid_t) -> String { getpwuid(id).map { String(cString: $0.pointee.pw_name) } ?? "\(id)" }

  static func groupName(_ id: gid_t) -> String { getgrgid(id).map { String(cString: $0.pointee.gr_name) } ?? "\(id)" }
}

extension ConfigurationError {
  /// Adds a problem if a secret is in a file that everybody can read: then removing it is not enough.
  func withExposure(of loaded: LoadedFile) -> ConfigurationError {
    guard loaded.mode & 0o004 != 0, let secret = problems.first(where: \.hidesLine) else { return self }
    let reason =
      "everybody can read this file, which belongs to \(Access.userName(loaded.owner)): the secret in it is known; "
      + "take it out, and set a new one at the broker"
    let exposure = Problem(line: secret.line, column: secret.column, path: secret.path, reason: reason, hidesLine: true)
    return ConfigurationError(file: file, lines: lines, problems: problems + [exposure], hasMore: hasMore)
  }
}
