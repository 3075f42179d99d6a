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
      try store.confirm((thorough ? live : live.suffix(1)).map(\.number))
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
    missing = Set(live.map(\.number).filter { !hasSame($0, in: other) })
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

  /// A file in a segment's place is another one if it begins with another block. What cannot be read of ours cannot be saved
  /// either.
  private func hasSame(_ segment: Int, in other: any BlockStore) -> Bool {
    let slot = segment * store.slotsPerSegment
    guard let known = try? store.read(slot: slot) else { return true }
    return (try? other.read(slot: slot)) == known
  }

  /// At least the epoch of a store that goes on where this one ended. This one may come back some day, and counts on from
  /// where it is: a leap keeps the two apart.
  var successorEpoch: UInt32 {
    guard isDisplaced else { return epoch }
    return min(epoch, Block.epochLimit - 1 - Self.epochLeap) + UInt32.random(in: 1...Self.epochLeap)
  }
}
