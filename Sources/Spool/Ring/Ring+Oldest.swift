/// Read-only look-ups: nothing is handed out, counted or condemned.
extension Ring {
  /// The number of the oldest waiting record, or a smaller, settled number; nil when nothing waits.
  var oldestNumber: RecordNumber? { counters.waiting > 0 ? cursor : nil }

  /// The oldest waiting record. Nil when nothing waits or the disk cannot read it at once. Reads at most one segment,
  /// and stops at the first unreadable slot: on a failing disk each read may take seconds.
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
