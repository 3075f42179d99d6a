import Linux
import Spool
import Telemetry

/// Where a slot is: its file, its index in that file, and the offset of its first byte.
struct SlotPlace {
  let file: String
  let index: Int
  var offset: Int { index * blockSize }

  init(_ slot: Int) {
    file = SegmentFile.name(of: slot / SegmentFile.slots)
    index = slot % SegmentFile.slots
  }
}

/// `00000000.seg slot 12 (byte 49152)`.
func place(ofSlot slot: Int) -> String {
  let place = SlotPlace(slot)
  return "\(place.file) slot \(place.index) (byte \(place.offset))"
}

func words(for fault: SlotFault) -> String {
  switch fault {
  case .unreadable(let error): "cannot be read: \(error)"
  case .foreign: "not a block of fieldpost's"
  case .version(let version): "a block of format version \(version)"
  case .checksum(let stored, let computed):
    "checksum \(hexadecimal(stored)) where \(hexadecimal(computed)) is right: torn by a power cut, or gone bad"
  case .malformed(let reason): "not what a spool writes: \(reason)"
  }
}

func words(for consequence: SpoolReader.BadSlot.Consequence) -> String {
  switch consequence {
  case .nothing: "nothing is lost with it"
  case .lost(let loss): "lost with it: \(words(for: loss))"
  case .unknown: "nothing is known to be lost with it: no later block tells what it held"
  }
}

/// `13 records (numbers 40 … 52)`, `3 of the records 40 … 52`.
func words(for loss: SpoolReader.Loss) -> String {
  let (first, last) = (loss.numbers.lowerBound, loss.numbers.upperBound - 1)
  if first == last { return "1 record (number \(first))" }
  let all = loss.count == loss.numbers.upperBound - first
  return all ? "\(loss.count) records (numbers \(first) … \(last))" : "\(loss.count) of the records \(first) … \(last)"
}

/// One line for each bad slot; neighbours in a segment with the same fault and consequence share a line.
func lines(for bad: [SpoolReader.BadSlot]) -> [String] {
  var runs: [(first: SpoolReader.BadSlot, last: Int)] = []
  for slot in bad {
    if let run = runs.last, run.last + 1 == slot.slot, slot.slot % SegmentFile.slots != 0,
      run.first.fault == slot.fault,
      run.first.consequence == slot.consequence
    {
      runs[runs.count - 1].last = slot.slot
    } else {
      runs.append((slot, slot.slot))
    }
  }
  return runs.map { first, last in
    let (begin, end) = (SlotPlace(first.slot), SlotPlace(last))
    let place =
      first.slot == last
      ? place(ofSlot: last)
      : "\(begin.file) slots \(begin.index) … \(end.index) (bytes \(begin.offset) … \(end.offset + blockSize - 1))"
    return "\(place): \(words(for: first.fault)); \(words(for: first.consequence))"
  }
}

/// A line about a loss that no bad block explains.
func line(forUnexplained loss: SpoolReader.Loss) -> String {
  let slots = loss.slots.prefix(8).map(place(ofSlot:)).joined(separator: ", ")
  let more = loss.slots.count > 8 ? " and \(loss.slots.count - 8) more" : ""
  return "\(words(for: loss)): lost, and no bad block is in their place"
    + (slots.isEmpty ? "" : "; empty or left over: \(slots)\(more)")
}

/// `0x0a1b2c3d`.
func hexadecimal<Number: FixedWidthInteger>(_ number: Number) -> String {
  "0x" + String(number, radix: 16, padded: Number.bitWidth / 4)
}

/// `2026-11-23T05:01:02.123Z`, with a remark if the clock was not set.
func words(for time: Stamp, _ clock: ClockCorrection) -> String {
  let (wall, quality) = clock.resolve(time)
  return quality == .unsynced ? "\(wall.rfc3339) (clock not set)" : wall.rfc3339
}
