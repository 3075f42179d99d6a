import Telemetry

/// Writing blocks to the disk.
extension Ring {
  /// Why a block was not written.
  enum WriteFault: Error {
    case storage(StorageError)
    /// There is no free slot, and no segment may be given up.
    case full
  }

  /// How long the ring pauses when it has no place to write to.
  private static let stallTime = Duration.seconds(5)

  /// Writes every record below `target` to the disk, or gives up for now: degraded, or full.
  mutating func commit(upTo target: RecordNumber, now: Uptime) {
    if ram.first < target, !ram.isEmpty { confirmPlace(now: now) }
    guard degraded == nil else { return }
    while ram.first < target, !ram.isEmpty {
      guard write(upTo: target, mayEvict: true, now: now) else {
        stall(now: now)
        return
      }
    }
    stalledUntil = nil
  }

  /// Suspends writing for `stallTime`.
  mutating func stall(now: Uptime) { stalledUntil = now + Self.stallTime }

  func isStalled(now: Uptime) -> Bool { stalledUntil.map { now < $0 } ?? false }

  /// Writes a block without new records if the disk does not have the last acknowledgements yet.
  mutating func saveCursor(now: Uptime) {
    if savedCursor < min(cursor, diskEnd), write(upTo: ram.first, mayEvict: false, now: now) {
      releaseSettled()
      giveBackSurplus()
    }
    // Reset after a failure too: later acknowledgements or the next interval bring the next attempt.
    unsavedAcknowledgements = 0
    firstUnsavedAt = savedCursor < min(cursor, diskEnd) ? now : nil
  }

  /// Checks whether the disk can be written again.
  mutating func probe(now: Uptime) {
    degraded?.probeAt = now + options.probeEvery
    do throws(StorageError) {
      if let other = store.successor(of: live.map(\.number)) {
        try use(other)
      } else {
        try store.reopen()
        try recognise()
      }
    } catch {
      // For a store that has appeared, the notice follows once it has been tried.
      if appeared == nil { stayDegraded(error) }
      return
    }
    if write(upTo: ram.end, mayEvict: true, now: now) { commit(upTo: ram.end, now: now) }
    settleLosses(now: now)
  }

  /// Writes at least one block; false if that was not possible. Three failures in a row make the ring degraded. A
  /// degraded ring makes only one attempt per call.
  mutating func write(upTo target: RecordNumber, mayEvict: Bool, now: Uptime) -> Bool {
    // A block must not settle rejected records without their report.
    if lanes.rejectedAt != nil { writeReports(now: now) }
    while true {
      do throws(WriteFault) {
        try writeBatch(upTo: target, mayEvict: mayEvict, now: now)
        failures = 0
        leaveDegraded()
        return true
      } catch {
        guard case .storage(let cause) = error else { return false }
        failures += 1
        if degraded != nil { return false }
        guard failures < 3 else {
          degrade(cause, now: now)
          return false
        }
      }
    }
  }

  mutating func degrade(_ cause: StorageError, now: Uptime) {
    degraded = Degraded(cause: cause, probeAt: now + options.probeEvery, evictedBefore: tally.evicted)
    notices.append(.degradedBegan(cause))
  }

  /// Gives a notice only if the cause has changed.
  mutating func stayDegraded(_ cause: StorageError) {
    if cause != degraded?.cause { notices.append(.stillDegraded(cause)) }
    degraded?.cause = cause
  }

  private mutating func leaveDegraded() {
    guard let degraded else { return }
    notices.append(.degradedEnded(evicted: tally.evicted - degraded.evictedBefore))
    self.degraded = nil
    isDisplaced = false
  }
}
