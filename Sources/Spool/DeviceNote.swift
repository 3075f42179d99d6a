/// Whose records a store holds. The records do not say it, and a card can get into another board, or a board another name.
///
/// As the bytes of the small file `device`, beside the segments:
///
///     fieldpost device 1
///     coldstore-7
///     crc32c 1a2b3c4d
package enum DeviceNote {
  package static let fileName = "device"
  /// The longest one in bytes: whatever is longer is none.
  package static let limit = 256
  private static let head = "fieldpost device 1\n"

  /// `device`: its id, printable ASCII.
  package static func encode(_ device: String) -> [UInt8] {
    let text = Array("\(head)\(device)\n".utf8)
    return text + Array("crc32c \(String(crc32c(text), radix: 16))\n".utf8)
  }

  /// The device's id; nil for anything that was not written like this to its end.
  package static func decode(_ bytes: [UInt8]) -> String? {
    guard bytes.count <= limit, let text = String(validating: bytes, as: UTF8.self), text.hasPrefix(head),
      let device = text.dropFirst(head.count).split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        .first,
      !device.isEmpty, device.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
    else { return nil }
    return encode(String(device)) == bytes ? String(device) : nil
  }
}

/// What is known of the device that a store belongs to.
package enum DeviceKnown: Hashable, Sendable {
  case device(String)
  /// There is no note: an older version made the store, or it is new.
  case unnamed
  /// There is one, and it cannot be read, or is damaged.
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
  /// Whose they are.
  package let owner: String
  /// Who would use the store.
  package let user: String
  package let waiting: Int

  package init(owner: String, user: String, waiting: Int) {
    (self.owner, self.user, self.waiting) = (owner, user, waiting)
  }
}

/// What waits in a store is published under the name of the device that took it, or not at all.
extension Ring {
  /// Throws where something waits in the store that another device took; an empty one becomes ours. What cannot tell whose it
  /// is counts as ours: a damaged note must not stop the daemon.
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

  /// The same of a store that was ours, and was away: meanwhile it can have been in another board.
  mutating func confirmDevice() throws(StorageError) {
    guard let device = options.device else { return }
    let known = DeviceKnown(of: store)
    // As long as the note is owed, that of the former device is still there.
    if case .device(let other) = known, other != device, !live.isEmpty, !owesNote {
      throw StorageError(OtherDevice(owner: other, user: device, waiting: counters.waiting))
    }
    owesNote = known != .device(device)
  }

  /// To be called before a block is written: no record comes to the disk before the name of its device does. Where the note
  /// cannot be written none must be there, because it would name another device.
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
