import Glibc
import Spool

/// Whose a buffer is, by its segments, for root, who is about to change it. A folder's owner says less: the daemon's user may
/// own nothing but the files in it.
package struct SpoolOwner: Sendable {
  /// Why root does not touch it.
  package struct Refusal: Error, Sendable, CustomStringConvertible {
    package let description: String
  }

  private let user: uid_t
  private let group: gid_t

  /// Makes the spool's directory the working directory, and the process its owner for good. Then `.` is the spool, whatever
  /// becomes of the names that led to it. Nothing is done for who is not root, but for the working directory.
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

  /// Nil: it is root's alone. The working directory is the spool.
  private static func owner(of directory: String, _ keeper: GuardedWay.Keeper) throws(GuardedFileError) -> SpoolOwner? {
    var found: SpoolOwner?
    for number in try segments(directory) {
      let (name, path) = (SegmentReader.fileName(ofSegment: number), directory + "/")
      var status = stat()
      guard lstat(name, &status) == 0 else { throw .system(SystemError("look at \(path + name)", code: errno)) }
      guard status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path + name) }
      guard status.st_nlink == 1 else { throw .twoNames(path + name) }
      if let found, found.user != status.st_uid { throw .foreign(path + name, owner: status.st_uid) }
      if status.st_uid == 0, keeper != .root { throw .foreign(path + name, owner: 0) }
      found = SpoolOwner(user: status.st_uid, group: status.st_gid)
    }
    // Nothing says whose it is, and what root makes in the folder of another user may lead anywhere.
    guard let found else {
      guard keeper == .root else { throw .system(SystemError("find a segment in \(directory)", code: ENOENT)) }
      return nil
    }
    return found.user == 0 ? nil : found
  }

  private static func segments(_ directory: String) throws(GuardedFileError) -> SegmentNumbers {
    do throws(StorageError) {
      return try segmentNumbers(in: ".")
    } catch {
      throw .system(SystemError("list \(directory)", code: error.code))
    }
  }

  /// With the groups that this user is in, and none of root's.
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
