/// Looking without touching: nothing is handed out, counted or condemned by it.
extension Ring {
  /// The number of the oldest record that waits, or one below it that is settled; nil when nothing waits.
  var oldestNumber: RecordNumber? { counters.waiting > 0 ? cursor : nil }

  /// The oldest record that waits; nil when none does, or the disk does not give it at once. Reads a segment at most,
  /// and stops at the first slot that cannot be read: on a disk that fails each one may take seconds.
  func oldestWaiting() -> [UInt8]? {
    guard degraded == nil || cursor >= diskEnd else { return nil }
    var number = cursor
    if number < diskEnd, let segment = live.lastIndex(beginningBy: number) ?? live.indices.first {
      for index in 0..<store.slotsPerSegment {
        let slot = live[segment].number * store.slotsPerSegment + index
        guard readFaults[slot] == nil, let bytes = try? store.read(slot: slot) else { return nil }
        guard let block = valid(bytes, segment, index), block.end > number else { continue }
        let records = block.records.dropFirst(Int(max(number, block.first) - block.first))
        if let record = records.first(where: { $0 != nil }) { return record }
        number = block.end
      }
      guard number >= diskEnd else { return nil }
    }
    return ram.firstWaiting(notBelow: max(number, ram.first)).flatMap { ram[$0] }
  }
}
