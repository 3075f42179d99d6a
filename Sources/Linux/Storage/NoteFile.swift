import Glibc
import Spool

/// Reads the note about its device in a spool's directory; nil: there is none. The file is checked before it is opened:
/// a card from elsewhere can have a device or a pipe in its place.
func readNoteFile(in folder: Int32, _ directory: String) throws(StorageError) -> [UInt8]? {
  let (name, path) = (DeviceNote.fileName, directory + "/" + DeviceNote.fileName)
  var status = stat()
  guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
    if errno == ENOENT { return nil }
    throw StorageError("examine \(path)", code: errno)
  }
  guard status.st_mode & S_IFMT == S_IFREG, status.st_size <= off_t(DeviceNote.limit) else {
    throw StorageError("read \(path): not a file of \(DeviceNote.limit) bytes at most", code: 0)
  }
  let file = try retrying("open \(path)") { openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK) }
  defer { close(file) }
  // One byte more than allowed: a file that grows meanwhile is not a note either.
  return try storing { () throws(SystemError) in try readAll(file, path, limit: DeviceNote.limit + 1) }
}
