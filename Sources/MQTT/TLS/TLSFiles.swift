import Glibc

/// Notices that a certificate, key or authority was replaced while a connection stands.
struct TLSFiles {
  /// What changes when a file is replaced or rewritten.
  private struct Mark: Hashable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let seconds: Int64
    let nanoseconds: Int64
  }

  /// What is on its way would be sent twice, so a quiet moment is waited for; on a busy link there may be none.
  static let busyLooks = 6

  private let paths: [String]
  /// What the connection was made with.
  private let used: [Mark?]
  private var last: [Mark?]
  private var looksWhileBusy = 0

  init(_ tls: MosquittoOptions.TLS) {
    paths = [tls.authorities, tls.certificate, tls.key].compactMap { $0 }
    used = paths.map(Self.mark)
    last = used
  }

  /// Looks at the files once more. Returns true when it is time to connect again, with other files than the connection was
  /// made with: only when two looks in a row see the same readable files, because a certificate and its key are replaced one
  /// after the other. While messages are in flight (`isBusy`) it waits, but not without limit.
  mutating func wereReplaced(isBusy: Bool) -> Bool {
    let now = paths.map(Self.mark)
    defer { last = now }
    guard now != used, now == last, now.allSatisfy({ $0 != nil }) else { return false }
    if isBusy { looksWhileBusy += 1 }
    return !isBusy || looksWhileBusy >= Self.busyLooks
  }

  private static func mark(_ path: String) -> Mark? {
    var status = stat()
    guard access(path, R_OK) == 0, stat(path, &status) == 0 else { return nil }
    return Mark(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int64(status.st_size),
      seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int64(status.st_mtim.tv_nsec))
  }
}
