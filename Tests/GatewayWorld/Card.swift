import Glibc
import Linux
import Spool
import Telemetry
import TestSupport

/// The card of the board: the buffer's disk, and the small files beside it. It can fail, hang and lose power.
package final class Card: @unchecked Sendable {
  /// How the card fails at the moment.
  package enum Fault: CaseIterable, Sendable {
    /// Nothing can be written, or read, or both; or the card is full, or writes cannot be synced.
    case unwritable, unreadable, dead, full, unsynced
    /// One block in eight cannot be read.
    case badBlocks
  }

  package private(set) var disk: MemoryDisk
  private var cut: PowerCut
  package private(set) var fault: Fault?
  /// Small files by their path.
  package private(set) var files: [String: [UInt8]] = [:]
  /// A planted bug: writes are said to be synced, and are not.
  package var lies = false

  package init(slotsPerSegment: Int) {
    let image = MemoryDisk.Image(slotsPerSegment: slotsPerSegment)
    (disk, cut) = (MemoryDisk(image), PowerCut(on: image))
  }

  package func fail(_ fault: Fault?) {
    self.fault = fault
    disk.fault = { access, _, place in Self.error(of: fault, access, place) }
  }

  private static func error(of fault: Fault?, _ access: MemoryDisk.Access, _ place: Int) -> Int32? {
    let changes: Set<MemoryDisk.Access> = [.create, .remove, .write, .sync, .writeNote, .removeNote]
    return switch fault {
    case nil: nil
    case .unwritable: changes.contains(access) ? EROFS : nil
    case .unreadable: access == .read ? EIO : nil
    case .dead: EIO
    case .full: access == .create ? ENOSPC : nil
    case .unsynced: access == .sync ? EIO : nil
    case .badBlocks: access == .read && place % 8 == 5 ? EIO : nil
    }
  }

  /// Keeps no more than what a power cut needs of what was done so far.
  package func settle() {
    for operation in disk.takeOperations() {
      if lies, case .sync(let segment) = operation {
        cut.perform(.failedSync(segment: segment))
      } else {
        cut.perform(operation)
      }
    }
  }

  /// The power fails: what was not synced may be there, or not, or half.
  package func losePower(using random: inout SeededRandom) {
    settle()
    replace(with: cut.image(during: nil, using: &random))
  }

  /// The process has ended. Calls of its remains change nothing on the card any more.
  package func detach() {
    settle()
    disk = MemoryDisk(cut.image)
    fail(fault)
  }

  /// Somebody puts another card in.
  package func exchange() {
    files = [:]
    replace(with: MemoryDisk.Image(slotsPerSegment: disk.slotsPerSegment))
  }

  private func replace(with image: MemoryDisk.Image) {
    (disk, cut) = (MemoryDisk(image), PowerCut(on: image))
    fail(fault)
  }

  fileprivate func check(_ operation: String, writes: Bool) throws(SystemError) {
    let access: MemoryDisk.Access = writes ? .write : .read
    if let code = Self.error(of: fault, access, 5) { throw SystemError(operation, code: code) }
  }

  fileprivate func keep(_ bytes: [UInt8], as path: String) { files[path] = bytes }
}

/// The small files on a card. Each write is on it at once.
package struct CardFiles: SmallFiles {
  let card: Card

  package func read(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
    try card.check("read \(path)", writes: false)
    guard let bytes = card.files[path] else { throw SystemError("open \(path)", code: ENOENT) }
    return bytes
  }

  package func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
    try card.check("write \(path)", writes: true)
    card.keep(bytes, as: path)
  }

  package func append(_ line: [UInt8], to file: LineFile) throws(SystemError) {
    try card.check("write \(file.path)", writes: true)
    card.keep((card.files[file.path] ?? []) + line, as: file.path)
  }
}
