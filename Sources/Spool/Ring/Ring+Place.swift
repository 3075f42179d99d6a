import Telemetry

/// The store's name, and what it leads to. Open descriptors outlive their files' names: what is written to a directory that
/// was removed, or that something was mounted over, is gone at the next start without a word.
extension Ring {
  /// How often the name is looked at while records come.
  private static let confirmEvery = Duration.seconds(1)
  /// Whoever removes a directory, or mounts something there, needs a moment to make it whole.
  private static let settling = Duration.seconds(2)

  /// As `confirmPlace`, if that was not done just now.
  mutating func confirmNowAndThen(now: Uptime) {
    if now >= confirmedAt + Self.confirmEvery { confirmPlace(now: now) }
  }

  /// Looks whether the name still leads to what is open: at the directory and the newest segment, and at all segments when
  /// `thorough`. If it does not, the disk counts as one that failed.
  mutating func confirmPlace(thorough: Bool = false, now: Uptime) {
    guard degraded == nil else { return }
    confirmedAt = now
    do throws(StorageError) {
      // In portions: there can be very many.
      for begin in stride(from: thorough ? 0 : max(0, live.count - 1), to: max(1, live.count), by: 1_024) {
        try store.confirm(live.dropFirst(begin).prefix(1_024).map(\.number))
      }
    } catch {
      isDisplaced = true
      degrade(error, now: now)
      degraded?.probeAt = now + Self.settling
    }
  }

  /// Uses what the name leads to if it is the same store, such as one whose file system was mounted again; else
  /// remembers it as one that has appeared.
  mutating func use(_ other: any BlockStore) throws(StorageError) {
    _ = try other.segments()
    // Before the other one is written to: it may begin with a segment of the same number.
    missing = Set(live.filter { !hasSame($0, in: other) }.map(\.number))
    if let last = live.last, !isUpToDate(last, in: other) { missing.insert(last.number) }
    let former = store
    store = other
    do throws(StorageError) {
      try recognise()
      if let number = missing.min() {
        throw StorageError("find segment \(number) of the spool: another one is in its place", code: 0)
      }
    } catch {
      store = former
      (appeared, isDisplaced) = (other, true)
      throw error
    }
  }

  /// A file in a segment's place is another one if it begins with a block of another use. The blocks may differ all the
  /// same: reads through an open descriptor also see what a failed sync never brought to the disk. What cannot be read of
  /// ours cannot be saved either.
  private func hasSame(_ segment: Segment, in other: any BlockStore) -> Bool {
    let slot = segment.number * store.slotsPerSegment
    guard let known = try? store.read(slot: slot) else { return true }
    guard let found = try? other.read(slot: slot) else { return false }
    guard let block = try? Block(decoding: found) else { return found == known }
    return block.store == storeID && block.number == segment.base
  }

  /// Whether the newest segment has every record that was synced. An older copy of the store, such as a restored image, does not.
  private func isUpToDate(_ last: Segment, in other: any BlockStore) -> Bool {
    (0..<store.slotsPerSegment).contains { index in
      guard let bytes = try? other.read(slot: last.number * store.slotsPerSegment + index),
        let block = try? Block(decoding: bytes)
      else { return false }
      return block.store == storeID && block.number == last.base + UInt64(index) && block.end >= diskEnd
    }
  }

  /// At least the epoch of a store that goes on where this one ended. This one may come back some day, and counts on from
  /// where it is: a leap keeps the two apart.
  var successorEpoch: UInt32 {
    guard isDisplaced else { return epoch }
    return min(epoch, Block.epochLimit - 1 - Self.epochLeap) + UInt32.random(in: 1...Self.epochLeap)
  }
}
