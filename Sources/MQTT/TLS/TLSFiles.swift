import Glibc

/// Notices that a certificate, key or authority was replaced while a connection is up.
struct TLSFiles {
  /// The attributes that change when a file is replaced or rewritten.
  private struct Mark: Hashable {
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let seconds: Int64
    let nanoseconds: Int64
  }

  /// How many looks to wait for a quiet moment, because messages in flight would be sent twice. On a busy link there
  /// may be no such moment.
  static let busyLooks = 6

  private let paths: [String]
  /// The files that the connection was made with.
  private let used: [Mark?]
  private var last: [Mark?]
  private var looksWhileBusy = 0

  init(_ tls: MosquittoOptions.TLS) {
    paths = [tls.authorities, tls.certificate, tls.key].compactMap { $0 }
    used = paths.map(Self.mark)
    last = used
  }

  /// Looks at the files again. Returns true when it is time to connect again, because they differ from those of the
  /// connection. Two looks in a row have to see the same readable files, because a certificate and its key are replaced
  /// one after the other. While messages are in flight (`isBusy`) it waits, but not without limit.
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
