import Glibc
import Linux

/// The folder where passwords are kept. Nobody else may write to it. Everything happens relative to the opened folder,
/// no link is followed, and a file is there whole or not at all.
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

  /// Whether there is a password of this name. Throws when the name belongs to anything but a regular file.
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

  /// Writes a password. After a power cut there is either the old password or the new one.
  func put(_ secret: [UInt8], as name: String) throws(CredentialRefusal) {
    let draft = ".\(name).new"
    // Left over from an interrupted attempt.
    unlinkat(folder, draft, 0)
    let file = openat(folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw Self.refusal("make \(path)/\(draft)", errno) }
    var code: Int32 = 0
    let count = write(file, secret, secret.count)
    // When there is room for only a part, `write` writes that part and reports no error: errno says nothing.
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
