import Telemetry

/// Checks the store's path and what it leads to. Open descriptors outlive their files' names: whatever is written to a
/// directory that was removed, or hidden by a mount, is silently gone at the next start.
extension Ring {
  /// How often the path is checked while records arrive.
  private static let confirmEvery = Duration.seconds(1)
  /// Delay before the first probe: whatever removes a directory, or mounts something there, needs a moment to finish.
  private static let settling = Duration.seconds(2)

  /// Like `confirmPlace`, but only if the last check is at least `confirmEvery` ago.
  mutating func confirmNowAndThen(now: Uptime) {
    if now >= confirmedAt + Self.confirmEvery { confirmPlace(now: now) }
  }

  /// Checks that the path still leads to the open store: the directory and the newest segment, or all segments with
  /// `thorough`. If it does not, the disk counts as failed.
  mutating func confirmPlace(thorough: Bool = false, now: Uptime) {
    guard degraded == nil else { return }
    confirmedAt = now
    do throws(StorageError) {
      // In portions, because there can be very many segments.
      for begin in stride(from: thorough ? 0 : max(0, live.count - 1), to: max(1, live.count), by: 1_024) {
        try store.confirm(live.dropFirst(begin).prefix(1_024).map(\.number))
      }
    } catch {
      isDisplaced = true
      degrade(error, now: now)
      degraded?.probeAt = now + Self.settling
    }
  }

  /// Switches to the store under the path if it is the same one, for example when its file system was mounted again.
  /// Otherwise remembers it in `appeared` and throws.
  mutating func use(_ other: any BlockStore) throws(StorageError) {
    _ = try other.segments()
    // Compare before writing to the other store: it may begin with a segment of the same number.
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

  /// Whether `other` has this segment. A file in its place is a different one if its first block is from another use.
  /// The bytes of the blocks may differ all the same: reads through an open descriptor also see what a failed sync
  /// never brought to the disk. If our own block cannot be read, it cannot be saved either, so the answer is true.
  private func hasSame(_ segment: Segment, in other: any BlockStore) -> Bool {
    let slot = segment.number * store.slotsPerSegment
    guard let known = try? store.read(slot: slot) else { return true }
    guard let found = try? other.read(slot: slot) else { return false }
    guard let block = try? Block(decoding: found) else { return found == known }
    return block.store == storeID && block.number == segment.base
  }

  /// Whether `other` has every synced record of the newest segment. An older copy, such as a restored image, does not.
  private func isUpToDate(_ last: Segment, in other: any BlockStore) -> Bool {
    (0..<store.slotsPerSegment).contains { index in
      guard let bytes = try? other.read(slot: last.number * store.slotsPerSegment + index),
        let block = try? Block(decoding: bytes)
      else { return false }
      return block.store == storeID && block.number == last.base + UInt64(index) && block.end >= diskEnd
    }
  }

  /// Minimum epoch for a store that continues after this one. A displaced store may come back and continue from its
  /// last epoch, so a random leap keeps the two apart.
  var successorEpoch: UInt32 {
    guard isDisplaced else { return epoch }
    return min(epoch, Block.epochLimit - 1 - Self.epochLeap) + options.chance.number(in: 1...Self.epochLeap)
  }
}
