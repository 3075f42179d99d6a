import Glibc

/// Why no socket could be made.
package enum SocketFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Another process answers at it.
  case taken(String)
  /// Something that is not a socket has its name.
  case occupied(String)
  /// Its name has more bytes than the kernel takes.
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
  /// With room for the suffix of the fresh one.
  package static let longestPath = 103
  /// Callers that wait in the kernel's queue.
  private static let backlog: Int32 = 16

  package let descriptor: Int32
  private let path: String
  private let identity: FileIdentity

  /// What a process that is gone has left there is replaced, in one step: the name leads to the old socket or to the new
  /// one, which is never open to others than it should be. `group`: its owner, where there is such a group.
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

  /// Its folder is made if nothing but that is missing, as systemd makes it for the unit: for a daemon started by hand.
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

  /// Closes it, and takes its name away unless that leads to another one by now.
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
    // EAGAIN: its queue is full.
    let isAlive = address.withSockaddr { connect(probe, $0, $1) } == 0 || errno == EAGAIN
    if isAlive { throw .taken(path) }
  }

  /// By /etc/group and not by the C library, which would load its services for that. That we may not is no reason to do
  /// without the socket.
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

/// The number of a group in what is written as /etc/group is (group(5)).
func groupID(of name: String, in file: [UInt8]) -> UInt32? {
  for line in file.split(separator: UInt8(ascii: "\n")) {
    let fields = line.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard fields.count >= 3, fields[0].elementsEqual(name.utf8) else { continue }
    return UInt32(String(decoding: fields[2], as: UTF8.self))
  }
  return nil
}
