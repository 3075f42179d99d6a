import Glibc
import Linux

/// Where the passwords are kept, as a place that only we write to: everything is done in the folder that was opened, no link is
/// followed, and a file is there whole or not at all.
final class CredentialFolder {
  let path: String
  private let folder: Int32

  init(_ path: String) throws(CredentialRefusal) {
    self.path = path
    folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard folder >= 0 else { throw Self.refusal("open \(path)", errno) }
    var status = stat()
    guard fstat(folder, &status) == 0 else { throw Self.refusal("look at \(path)", errno) }
    guard status.st_uid == geteuid() else {
      throw CredentialRefusal("\(path) belongs to another user: use sudo", isDenied: true)
    }
    guard status.st_mode & 0o022 == 0 else {
      throw CredentialRefusal("others may write into \(path): mend it with chmod go-w \(path)")
    }
  }

  deinit { if folder >= 0 { close(folder) } }

  /// Whether there is one of this name. Something else of this name is not touched.
  func has(_ name: String) throws(CredentialRefusal) -> Bool {
    var status = stat()
    guard fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      if errno == ENOENT { return false }
      throw Self.refusal("look at \(path)/\(name)", errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CredentialRefusal("\(path)/\(name) is not a file (a link, or a folder): remove it first")
    }
    return true
  }

  /// After a power cut there is the old one, or the new one.
  func put(_ secret: [UInt8], as name: String) throws(CredentialRefusal) {
    let draft = ".\(name).new"
    // Of an attempt that was cut off.
    unlinkat(folder, draft, 0)
    let file = openat(folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.refusal("make \(path)/\(draft)", errno) }
    var code: Int32 = 0
    let count = write(file, secret, secret.count)
    // Where there is room for a part only, `write` writes that and is content: errno says nothing.
    if count != secret.count {
      code = count < 0 ? errno : ENOSPC
    } else if fchmod(file, 0o600) != 0 || fsync(file) != 0 {
      code = errno
    }
    if close(file) != 0 { code = errno }
    if code == 0, renameat(folder, draft, folder, name) != 0 { code = errno }
    guard code == 0 else {
      unlinkat(folder, draft, 0)
      throw Self.refusal("write \(path)/\(name)", code)
    }
    fsync(folder)
  }

  private static func refusal(_ operation: String, _ code: Int32) -> CredentialRefusal {
    let reason = "\(SystemError(operation, code: code))"
    switch code {
    case EACCES, EPERM: return CredentialRefusal("\(reason): use sudo", isDenied: true)
    case ENOENT:
      return CredentialRefusal("\(reason): the package makes it: sudo install -d -m 700 \(operationPath(operation))")
    case ENOTDIR, ELOOP: return CredentialRefusal("\(reason): it must be a folder, and not a link to one")
    default: return CredentialRefusal(reason)
    }
  }

  private static func operationPath(_ operation: String) -> String { String(operation.drop { $0 != "/" }) }
}
