import Glibc
import Spool

/// Why a path cannot be used, found by examining the folders that lead to it, in words for the person who has to mend
/// it. An errno does not say which folder it is about, who owns it, or where a link leads.
enum Obstacle: Equatable, CustomStringConvertible {
  /// A link whose target does not exist.
  case danglingLink(String, target: String)
  /// A link that finally leads back to itself.
  case circle(String)
  /// Something that is not a directory is where one should be.
  case noDirectory(String)
  case isDirectory(String)
  /// Another user's directory or file blocks `wanted`, a directory or something in one.
  case othersDirectory(Possession, wanted: String)
  /// Another user's file, or a folder in which a file cannot be made or replaced.
  case othersFile(Possession)
  case othersFolder(Possession)
  case noFolder(String, user: String)

  /// Who owns a path, and who the daemon runs as.
  struct Possession: Equatable, CustomStringConvertible {
    let path: String
    /// `root`; the mode is `0700`.
    let owner: String
    let mode: String
    /// The user that the process runs as.
    let user: String

    var description: String { "\(path) belongs to \(owner) (mode \(mode)), and the daemon runs as \(user)" }

    /// Whether the path is a folder of the system, whose owner nobody should change.
    var isOfTheSystem: Bool {
      path.split(separator: "/").count < 3 && !path.hasPrefix("/mnt/") && !path.hasPrefix("/media/")
    }

    /// Whether others than the owner may not go through the folder.
    var isClosed: Bool { Int(mode, radix: 8).map { $0 & 0o001 == 0 } ?? false }
  }

  /// Nil: the errno's own text is enough.
  init?(to path: String, _ code: Int32) {
    let found: Obstacle? =
      switch code {
      case EEXIST, ENOENT, ENOTDIR, ELOOP: Self.onTheWay(to: path)
      case EISDIR: .isDirectory(path)
      case EACCES, EPERM: Self.others(path)
      default: nil
      }
    guard let found else { return nil }
    self = found
  }

  var description: String {
    switch self {
    case .danglingLink(let path, let target): "\(path) is a link to \(target), which is not there"
    case .circle(let path): "\(path) is a link that leads in a circle"
    case .noDirectory(let path): "\(path) is no directory"
    case .isDirectory(let path): "\(path) is a directory, not a file"
    case .othersDirectory(let found, let wanted) where found.path != wanted:
      // The folder may contain files of others, so its owner stays.
      "\(found): as root: \(found.isClosed ? "chmod o+x \(found.path) && " : "")install -d -o \(found.user) \(wanted)"
    case .othersDirectory(let found, _): "\(found): chown -R \(found.user): \(found.path)"
    case .othersFile(let found): "\(found): chown \(found.user): \(found.path)"
    case .othersFolder(let found) where found.isOfTheSystem:
      "\(found): choose a folder that is the daemon's own, such as \(found.path == "/" ? "" : found.path)/fieldpost"
    case .othersFolder(let found): "\(found): chgrp \(found.user) \(found.path) && chmod g+wx \(found.path)"
    case .noFolder(let path, let user): "there is no folder \(path): mkdir -p \(path) && chown \(user): \(path)"
    }
  }

  /// The first step of the path that is not a directory or leads nowhere.
  private static func onTheWay(to path: String) -> Obstacle? {
    for step in steps(of: path) {
      var status = stat()
      guard lstat(step, &status) == 0 else { return nil }
      let isLink = status.st_mode & S_IFMT == S_IFLNK
      if isLink, stat(step, &status) != 0 {
        return errno == ELOOP ? .circle(step) : .danglingLink(step, target: target(of: step))
      }
      if status.st_mode & S_IFMT != S_IFDIR { return .noDirectory(step) }
    }
    return nil
  }

  /// The first folder that we may not enter, or else the path itself, or the folder in which it cannot be made.
  private static func others(_ path: String) -> Obstacle? {
    var last: (step: String, status: stat)?
    for step in steps(of: path) {
      var status = stat()
      guard stat(step, &status) == 0 else { break }
      last = (step, status)
      if status.st_mode & S_IFMT == S_IFDIR, access(step, X_OK) != 0 { break }
    }
    guard let (step, status) = last, status.st_uid != geteuid() else { return nil }
    let found = Possession(
      path: step, owner: accountName(status.st_uid, in: "/etc/passwd"),
      mode: "0" + String(status.st_mode & 0o7777, radix: 8), user: Self.user)
    return status.st_mode & S_IFMT == S_IFDIR ? .othersDirectory(found, wanted: path) : .othersFile(found)
  }

  /// The steps from the root to the path itself: `/`, `/a`, `/a/b`, `/a/b/c`.
  private static func steps(of path: String) -> [String] {
    let root = path.hasPrefix("/") ? ["/"] : []
    let ends = path.indices.dropFirst().filter { path[$0] == "/" } + [path.endIndex]
    return root + ends.map { String(path[..<$0]) }.filter { !$0.hasSuffix("/") }
  }

  private static var user: String { accountName(geteuid(), in: "/etc/passwd") }

  private static func target(of link: String) -> String {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { $0.baseAddress.map { readlink(link, $0, Int(PATH_MAX)) } ?? -1 }
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : "?"
  }
}

extension Obstacle {
  /// The same obstacle, where not the file is wanted but the directory around it.
  fileprivate func wanting(_ directory: String) -> Obstacle {
    guard case .othersDirectory(let found, _) = self else { return self }
    return .othersDirectory(found, wanted: directory)
  }

  /// A daemon that ran as another user has made more than one file: all of them have to be given back.
  fileprivate var wordsOfBuffer: String {
    guard case .othersFile(let found) = self, let slash = found.path.lastIndex(of: "/") else { return description }
    return "\(found): chown -R \(found.user): \(found.path[..<slash])"
  }
}

extension StorageError {
  /// The error with the description of the obstacle at `path`, where there is one better than the errno's text.
  package func explained(byDirectory path: String) -> StorageError {
    guard let obstacle = Obstacle(to: path, code) else { return self }
    return StorageError(operation, code: code, reason: obstacle.wordsOfBuffer)
  }

  package func explained(byFile path: String) -> StorageError {
    guard let obstacle = Obstacle(to: path, code), obstacle != .noDirectory(path) else { return self }
    let directory = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    return StorageError(operation, code: code, reason: obstacle.wanting(directory).wordsOfBuffer)
  }
}

extension SystemError {
  package func explained(byDirectory path: String) -> SystemError {
    guard let obstacle = Obstacle(to: path, code) else { return self }
    return SystemError(operation, code: code, reason: "\(obstacle)")
  }

  /// The same for the path of a file.
  package func explained(by path: String) -> SystemError {
    guard let obstacle = Obstacle(toFile: path, code) else { return self }
    return SystemError(operation, code: code, reason: "\(obstacle)")
  }
}

extension Obstacle {
  /// The obstacle at the path of a file, which need not be a directory.
  init?(toFile path: String, _ code: Int32) {
    let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    switch Obstacle(to: path, code) {
    case .noDirectory(path): return nil
    case .othersDirectory(let found, _): self = .othersFolder(found)
    case let found?: self = found
    case nil:
      guard code == ENOENT, !folder.isEmpty, access(folder, F_OK) != 0 else { return nil }
      self = .noFolder(folder, user: Self.user)
    }
  }
}
