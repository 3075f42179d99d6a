import Glibc
import Linux

/// The folder where passwords are kept. Nobody else may write to it. Everything happens relative to the opened folder,
/// no link is followed, and a file is there whole or not at all.
final class CredentialFolder {
  let path: String
  private let folder: OpenFolder

  init(_ path: String) throws(CredentialRefusal) {
    self.path = path
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.refusal("open \(path)", errno) }
    folder = OpenFolder(descriptor: descriptor, path: path)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.refusal("look at \(path)", errno) }
    guard status.st_uid == geteuid() else {
      throw CredentialRefusal("\(path) belongs to another user: use sudo", isDenied: true)
    }
    guard status.st_mode & 0o022 == 0 else {
      throw CredentialRefusal("others may write into \(path): mend it with chmod go-w \(path)")
    }
  }

  deinit { close(folder.descriptor) }

  /// Whether there is a password of this name. Throws when the name belongs to anything but a regular file.
  func has(_ name: String) throws(CredentialRefusal) -> Bool {
    var status = stat()
    guard fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
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
    do throws(SystemError) {
      let file = try folder.put(name, draft: ".\(name).new") { file, path throws(SystemError) in
        try writeAtOnce(secret, to: file, path)
        // Regardless of the umask.
        guard fchmod(file, 0o600) == 0 else { throw SystemError("chmod \(path)", code: errno) }
      }
      close(file)
    } catch {
      throw Self.refusal(error.operation, error.code)
    }
    // If this fails, the password is in its place all the same.
    try? folder.sync()
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
