import Glibc

/// Why no socket could be made.
package enum SocketFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another process answers at this path.
  case taken(String)
  /// The path is something other than a socket.
  case occupied(String)
  /// The path has more bytes than the kernel accepts.
  case tooLong(String)
  case system(SystemError)

  package var description: String {
    switch self {
    case .taken(let path): "another process answers at \(path)"
    case .occupied(let path): "\(path) is there and not a socket"
    case .tooLong(let path): "\(path) is longer than \(SocketFile.longestPath) bytes"
    case .system(let error): "\(error)"
    }
  }
}

/// A listening socket with a name in the file system, for its owner and one group (mode 0660).
package struct SocketFile {
  /// Maximum length of a path in bytes, with room for the suffix `.new`.
  package static let longestPath = 103
  /// Maximum callers that wait in the kernel's queue.
  private static let backlog: Int32 = 16

  package let descriptor: Int32
  private let path: String
  private let identity: FileIdentity

  /// Replaces a socket left behind by a dead process in one step: the path leads to the old socket or to the new one,
  /// which is never open to users it is not meant for. `group`: the socket's group, if it exists.
  package init(at path: String, group: String) throws(SocketFileError) {
    self.path = path
    guard path.utf8.count <= Self.longestPath, let fresh = SocketAddress(path: path + ".new") else {
      throw .tooLong(path)
    }
    try Self.checkFree(path)
    let descriptor = try made("socket") {
      socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }
    self.descriptor = descriptor
    do throws(SocketFileError) {
      unlink(path + ".new")
      try Self.bind(descriptor, to: fresh, for: path, group)
      // Nobody can connect before `listen`.
      _ = try made("chmod \(path)") { chmod(path + ".new", 0o660) }
      Self.give(path + ".new", to: group)
      _ = try made("listen at \(path)") { listen(descriptor, Self.backlog) }
      _ = try made("make \(path)") { rename(path + ".new", path) }
      identity = try FileIdentity(path)
    } catch {
      close(descriptor)
      unlink(path + ".new")
      throw error
    }
  }

  /// Makes the socket's folder if only that is missing, as systemd does for the unit: for a daemon started by hand.
  private static func bind(
    _ descriptor: Int32, to fresh: SocketAddress, for path: String, _ group: String
  ) throws(SocketFileError) {
    func bound() -> Int32 { fresh.withSockaddr { Glibc.bind(descriptor, $0, $1) } }
    if bound() == 0 { return }
    var code = errno
    if code == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      let folder = String(path[..<slash])
      if mkdir(folder, 0o750) == 0 {
        give(folder, to: group)
        if bound() == 0 { return }
        code = errno
      } else if errno != ENOENT, errno != EEXIST {
        throw .system(SystemError("make \(folder)", code: errno).explained(byDirectory: folder))
      }
    }
    throw .system(SystemError("make \(path)", code: code).explained(by: path))
  }

  /// Closes the socket, and removes its path unless that leads to another socket by now.
  package func remove() {
    close(descriptor)
    if (try? FileIdentity(path)) == identity { unlink(path) }
  }

  private static func checkFree(_ path: String) throws(SocketFileError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFSOCK, let address = SocketAddress(path: path) else { throw .occupied(path) }
    let probe = try made("socket") {
      socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }
    defer { close(probe) }
    // EAGAIN: the queue of a living socket is full.
    let isAlive = address.withSockaddr { connect(probe, $0, $1) } == 0 || errno == EAGAIN
    if isAlive { throw .taken(path) }
  }

  /// Looked up in /etc/group and not by the C library, which would load its name services. A failure is ignored: the
  /// socket is useful without the group.
  private static func give(_ path: String, to group: String) {
    guard let file = try? readFile("/etc/group", limit: 1 << 18), let id = groupID(of: group, in: file) else { return }
    if id != getegid() { _ = chown(path, uid_t.max, id) }
  }
}

private struct FileIdentity: Equatable {
  let device: dev_t
  let inode: ino_t

  init(_ path: String) throws(SocketFileError) {
    var status = stat()
    _ = try made("stat \(path)") { lstat(path, &status) }
    (device, inode) = (status.st_dev, status.st_ino)
  }
}

private func made(_ operation: @autoclosure () -> String, _ call: () -> Int32) throws(SocketFileError) -> Int32 {
  let result = call()
  guard result >= 0 else { throw .system(SystemError(operation(), code: errno)) }
  return result
}

/// The number of a group in a file with the format of /etc/group (group(5)).
func groupID(of name: String, in file: [UInt8]) -> UInt32? {
  for line in file.split(separator: UInt8(ascii: "\n")) {
    let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard fields.count >= 3, fields[0].elementsEqual(name.utf8) else { continue }
    return UInt32(String(decoding: fields[2], as: UTF8.self))
  }
  return nil
}
