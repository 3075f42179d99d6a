import Glibc
import Spool

/// The owner of a buffer, found from its segments, for root, who is about to change it. The folder's owner says less:
/// the daemon's user may own only the files in it.
package struct SpoolOwner: Sendable {
  /// Why root does not touch the buffer.
  package struct Refusal: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  private let user: uid_t
  private let group: gid_t

  /// Makes the spool's directory the working directory, and the process permanently its owner. From then on `.` is the
  /// spool, even if the names that led to it change. A process that is not root only changes the working directory.
  package static func become(of directory: String) throws(Refusal) {
    guard geteuid() == 0 else {
      guard chdir(directory) == 0 else { throw Refusal(SystemError("enter \(directory)", code: errno)) }
      return
    }
    do throws(GuardedFileError) {
      let way = try GuardedWay(to: directory)
      try way.enter(try way.walk())
      try way.lookAround()
      guard fchdir(way.directory) == 0 else { throw .system(SystemError("enter \(directory)", code: errno)) }
      let owner = try owner(of: directory, way.fileKeeper)
      try owner?.become()
    } catch {
      throw Refusal(error)
    }
  }

  /// The owner of the spool in the working directory; nil: root alone.
  private static func owner(of directory: String, _ keeper: GuardedWay.Keeper) throws(GuardedFileError) -> SpoolOwner? {
    var found: SpoolOwner?
    for number in try segments(directory) {
      let (name, path) = (SegmentFile.name(of: number), directory + "/")
      var status = stat()
      guard lstat(name, &status) == 0 else { throw .system(SystemError("look at \(path + name)", code: errno)) }
      guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path + name) }
      guard status.st_nlink == 1 else { throw .twoNames(path + name) }
      if let found, found.user != status.st_uid { throw .foreign(path + name, owner: status.st_uid) }
      if status.st_uid == 0, keeper != .root { throw .foreign(path + name, owner: 0) }
      found = SpoolOwner(user: status.st_uid, group: status.st_gid)
    }
    // Nothing shows who the owner is, and files that root makes in another user's folder may lead anywhere.
    guard let found else {
      guard keeper == .root else { throw .system(SystemError("find a segment in \(directory)", code: ENOENT)) }
      return nil
    }
    return found.user == 0 ? nil : found
  }

  private static func segments(_ directory: String) throws(GuardedFileError) -> SegmentNumbers {
    do throws(StorageError) {
      return try SegmentFile.numbers(in: ".")
    } catch {
      throw .system(SystemError("list \(directory)", code: error.code))
    }
  }

  /// Becomes the user, with that user's groups and none of root's.
  private func become() throws(GuardedFileError) {
    let name = getpwuid(user).map { String(cString: $0.pointee.pw_name) }
    var groups = [group]
    let hasGroups = name.map { initgroups($0, group) == 0 } ?? (setgroups(1, &groups) == 0)
    guard hasGroups, setgid(group) == 0, setuid(user) == 0 else {
      throw .system(SystemError("become user \(user)", code: errno))
    }
  }
}

extension SpoolOwner.Refusal {
  fileprivate init(_ error: some CustomStringConvertible) { description = "\(error)" }
}
