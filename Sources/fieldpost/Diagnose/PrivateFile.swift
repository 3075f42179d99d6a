import Glibc
import Linux

/// Creates a file that only the calling user may read; with sudo, the user who ran sudo. If a file or a link has the
/// name already, that is an error: it is neither followed nor written to.
func createPrivateFile(_ path: String) throws(SystemError) -> Int32 {
  let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
  guard file >= 0 else { throw SystemError("make \(path)", code: errno) }
  if geteuid() == 0, let user = environment("SUDO_UID").flatMap(uid_t.init),
    let group = environment("SUDO_GID").flatMap(gid_t.init)
  {
    // If this fails, only root can read the file.
    _ = fchown(file, user, group)
  }
  return file
}

/// Creates a private file, replacing a regular file of that name. A character device, such as /dev/null, is opened for
/// writing. Anything else of that name, such as a link, a FIFO or a folder, is an error and left alone.
func overwritePrivateFile(_ path: String) throws(SystemError) -> Int32 {
  var status = stat()
  if lstat(path, &status) == 0 {
    switch status.st_mode & S_IFMT {
    case S_IFREG: try remove(path)
    // Safe to open: only root can create a character device.
    case S_IFCHR:
      let device = open(path, O_WRONLY | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC)
      guard device >= 0 else { throw SystemError("open \(path)", code: errno) }
      return device
    case S_IFLNK: throw SystemError("overwrite \(path), which is a link: name the file itself", code: ELOOP)
    default: throw SystemError("overwrite \(path), which is not a regular file", code: EINVAL)
    }
  }
  return try createPrivateFile(path)
}
