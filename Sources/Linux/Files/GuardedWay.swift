import Glibc

/// Why root does not use a file that another user may have put there.
package enum GuardedFileError: Error, Hashable, Sendable, CustomStringConvertible {
  case system(SystemError)
  /// The path leads through a link that others than root may have made.
  case link(String)
  /// The path is a FIFO, a device, a socket or a folder.
  case notAFile(String)
  /// A file of somebody else, in a folder that not only root can change.
  case foreign(String, owner: uid_t)
  /// The file has a second name, which may be anywhere.
  case twoNames(String)

  package var description: String {
    switch self {
    case .system(let error): "\(error)"
    case .link(let path):
      "\(path) is, or leads through, a link that another user can have made: root does not follow it; name what it "
        + "leads to"
    case .notAFile(let path): "\(path) is not a regular file"
    case .foreign(let path, let owner):
      "\(path) belongs to user \(owner), and others can have put it there: root does not use it; if it is right, chown it "
        + "to the user of the others"
    case .twoNames(let path): "\(path) is a hard link to a file that has another name too: root does not use it"
    }
  }
}

/// The path to a file, walked by root from the root directory, one name at a time. A link is followed only where root
/// alone can have made it, so that no other user can lead root to a file that this user may not use.
final class GuardedWay {
  /// Who can have changed the names on the path.
  enum Keeper: Hashable {
    case root
    case user(uid_t)
    case several
  }

  /// The kernel's limit, after which it returns ELOOP.
  private static let mostLinks = 40

  private(set) var directory: Int32
  private(set) var keeper = Keeper.root
  /// Whether others than its owner can make names in the folder that was checked last.
  private var isOpen = false
  /// Who can have put a file into that folder. In /tmp nobody can change the name of another user's file, so the path
  /// is still root's; but anybody can make a hard link there, unless the kernel prevents that.
  var fileKeeper: Keeper { isOpen && keeper == .root ? .several : keeper }
  private let path: String
  /// The names still to walk, in reverse order.
  private var names: [String]
  private var links = 0

  init(to path: String) throws(GuardedFileError) {
    self.path = path
    names = try Self.names(in: path.hasPrefix("/") ? path : Self.workingDirectory() + "/" + path)
    directory = try Self.opened(AT_FDCWD, "/", path)
  }

  deinit { close(directory) }

  /// Walks to the folder that contains the last name, and returns that name, which is not a link.
  func walk() throws(GuardedFileError) -> String {
    while let name = names.popLast() {
      let isOpen = try lookAround()
      var status = stat()
      guard fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
        throw .system(SystemError("open \(path)", code: errno))
      }
      if status.st_mode & S_IFMT == S_IFLNK {
        try follow(name, owner: status.st_uid, isOpen: isOpen)
      } else if names.isEmpty {
        return name
      } else {
        try enter(name)
      }
    }
    return "."
  }

  /// Enters the folder of that name. `lookAround` checks who can change it.
  func enter(_ name: String) throws(GuardedFileError) {
    let next = try Self.opened(directory, name, path)
    close(directory)
    directory = next
  }

  /// Checks who can change names in this folder. Returns whether others than its owner can make some, as in /tmp.
  @discardableResult
  func lookAround() throws(GuardedFileError) -> Bool {
    var status = stat()
    guard fstat(directory, &status) == 0 else { throw .system(SystemError("look at \(path)", code: errno)) }
    if status.st_uid != 0 { meet(.user(status.st_uid)) }
    isOpen = status.st_mode & 0o002 != 0 || (status.st_mode & 0o020 != 0 && status.st_gid != 0)
    let isSticky = status.st_mode & S_ISVTX != 0
    if isOpen, !isSticky { meet(.several) }
    return isOpen
  }

  private func meet(_ other: Keeper) { keeper = keeper == .root || keeper == other ? other : .several }

  private func follow(_ name: String, owner: uid_t, isOpen: Bool) throws(GuardedFileError) {
    guard keeper == .root, !isOpen || owner == 0 else { throw .link(path) }
    links += 1
    guard links <= Self.mostLinks else { throw .system(SystemError("open \(path)", code: ELOOP)) }
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlinkat(directory, name, &target, target.count)
    guard count > 0 else { throw .system(SystemError("read the link \(path)", code: errno)) }
    let text = String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    names += Self.names(in: text)
    guard text.hasPrefix("/") else { return }
    let root = try Self.opened(AT_FDCWD, "/", path)
    close(directory)
    directory = root
  }

  /// The names of a path in reverse order, as `popLast` takes them.
  private static func names(in path: String) -> [String] {
    path.split(separator: "/").map(String.init).filter { $0 != "." }.reversed()
  }

  private static func opened(_ directory: Int32, _ name: String, _ path: String) throws(GuardedFileError) -> Int32 {
    let next = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard next >= 0 else { throw .system(SystemError("open \(path)", code: errno)) }
    return next
  }

  private static func workingDirectory() throws(GuardedFileError) -> String {
    guard let name = getcwd(nil, 0) else { throw .system(SystemError("find the working directory", code: errno)) }
    defer { free(name) }
    return String(cString: name)
  }
}
