/// Names the device whose records a store holds. The records do not name it, and a card can be moved to another board,
/// or a board renamed.
///
/// The note is the content of the small file `device`, beside the segments:
///
///     fieldpost device 1
///     coldstore-7
///     crc32c 1a2b3c4d
package enum DeviceNote {
  package static let fileName = "device"
  /// Maximum size in bytes. A longer file is not a device note.
  package static let limit = 256
  private static let head = "fieldpost device 1\n"

  /// `device` is the device's ID in printable ASCII.
  package static func encode(_ device: String) -> [UInt8] {
    let text = Array("\(head)\(device)\n".utf8)
    return text + Array("crc32c \(String(crc32c(text), radix: 16))\n".utf8)
  }

  /// Returns the device's ID; nil unless `bytes` are exactly what `encode` writes.
  package static func decode(_ bytes: [UInt8]) -> String? {
    guard bytes.count <= limit, let text = String(validating: bytes, as: UTF8.self), text.hasPrefix(head),
      let device = text.dropFirst(head.count).split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        .first,
      !device.isEmpty, device.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
    else { return nil }
    return encode(String(device)) == bytes ? String(device) : nil
  }
}

/// The facts known about the device that a store belongs to.
package enum DeviceKnown: Hashable, Sendable {
  case device(String)
  /// There is no note: the store is new, or an older version made it.
  case unnamed
  /// There is a note, but it is damaged or cannot be read.
  case unreadable(StorageError)

  package init(of store: any BlockStore) {
    do throws(StorageError) {
      guard let note = try store.readNote() else {
        self = .unnamed
        return
      }
      self =
        DeviceNote.decode(note).map { .device($0) }
        ?? .unreadable(StorageError("read the file \(DeviceNote.fileName) of the buffer: it is damaged", code: 0))
    } catch {
      self = .unreadable(error)
    }
  }
}

/// Why a store is not used: records of another device wait in it.
package struct OtherDevice: Hashable, Sendable {
  /// ID of the device whose records wait.
  package let owner: String
  /// ID of this device, which would have used the store.
  package let user: String
  package let waiting: Int

  package init(owner: String, user: String, waiting: Int) {
    (self.owner, self.user, self.waiting) = (owner, user, waiting)
  }
}

/// Records in a store are published under the name of the device that recorded them, or not at all.
extension Ring {
  /// Throws when records of another device wait in the store. A store in which nothing waits becomes this device's. A
  /// store whose owner cannot be determined also counts as this device's: a damaged note must not stop the daemon.
  mutating func claimForDevice() throws(StorageError) {
    guard let device = options.device else { return }
    switch DeviceKnown(of: store) {
    case .device(device): owesNote = false
    case .device(let other):
      let waiting = counters.waiting
      guard waiting == 0 else { throw StorageError(OtherDevice(owner: other, user: device, waiting: waiting)) }
      notices.append(.deviceChanged(from: other, to: device))
    case .unnamed:
      if !live.isEmpty { notices.append(.deviceTakenOn(device)) }
    case .unreadable(let error): notices.append(.deviceUnknown(error, device: device))
    }
  }

  /// Repeats the check for a store that was ours and disappeared for a while: it may have been in another board
  /// meanwhile.
  mutating func confirmDevice() throws(StorageError) {
    guard let device = options.device else { return }
    let known = DeviceKnown(of: store)
    // Until the new note is written, the note of the former device is still there.
    if case .device(let other) = known, other != device, !live.isEmpty, !owesNote {
      throw StorageError(OtherDevice(owner: other, user: device, waiting: counters.waiting))
    }
    owesNote = known != .device(device)
  }

  /// Call this before a block is written: the device's name must be on the disk before any of its records. If the note
  /// cannot be written, the old one is removed, because it would name another device.
  mutating func noteDevice() throws(StorageError) {
    guard owesNote, let device = options.device else { return }
    do throws(StorageError) {
      try store.writeNote(DeviceNote.encode(device))
    } catch {
      try store.removeNote()
      notices.append(.deviceUnknown(error, device: device))
    }
    owesNote = false
  }
}
