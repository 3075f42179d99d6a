import Glibc
import Linux

/// Makes a new file for what not everybody may see: only who called may read it, and with sudo that is the person behind it.
/// A file or a link that has the name already is an error, not followed and not written to.
func createPrivateFile(_ path: String) throws(SystemError) -> Int32 {
  let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
  guard file >= 0 else { throw SystemError("make \(path)", code: errno) }
  if geteuid() == 0, let user = environment("SUDO_UID").flatMap(uid_t.init),
    let group = environment("SUDO_GID").flatMap(gid_t.init)
  {
    // It can be read by root alone where this fails, as on a card with FAT.
    _ = fchown(file, user, group)
  }
  return file
}

/// The same where a file of that name may be overwritten. A link, a FIFO or a folder in its place stays what it is.
func overwritePrivateFile(_ path: String) throws(SystemError) -> Int32 {
  var status = stat()
  if lstat(path, &status) == 0 {
    switch status.st_mode & S_IFMT {
    case S_IFREG: try remove(path)
    // Only root can make one.
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
