import Glibc

/// A folder that the caller holds open: its files are reached even when its path leads elsewhere.
package struct OpenFolder {
  package let descriptor: Int32
  /// For messages.
  package let path: String

  package init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// Makes a file that gets its name, replacing another one, only when `fill` has written it whole: a power cut leaves
  /// behind at most the draft. Only the owner may read it. Returns its descriptor, which the caller closes. After `sync`
  /// the name is on the disk too.
  package func put(
    _ name: String, draft: String, filled fill: (_ file: Int32, _ path: String) throws(SystemError) -> Void
  ) throws(SystemError) -> Int32 {
    let (new, path) = ("\(path)/\(draft)", "\(path)/\(name)")
    // Left over from a power cut, or put there by somebody; a link is not followed.
    unlinkat(descriptor, draft, 0)
    let options = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let file = uninterrupted { openat(descriptor, draft, options, 0o600) }
    guard file >= 0 else { throw SystemError("create \(new)", code: errno) }
    do throws(SystemError) {
      try fill(file, new)
      try Linux.sync(file, new)
      guard uninterrupted({ renameat(descriptor, draft, descriptor, name) }) == 0 else {
        throw SystemError("rename \(new) to \(path)", code: errno)
      }
    } catch {
      close(file)
      unlinkat(descriptor, draft, 0)
      throw error
    }
    return file
  }

  package func sync() throws(SystemError) { try Linux.sync(descriptor, path) }
}
