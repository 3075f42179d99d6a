import Messages
import Spool
import Telemetry

/// The JSON that `status` and `dump` have in common.
extension JSONWriter {
  mutating func place(ofSlot slot: Int) {
    let place = SlotPlace(slot)
    text("segment", place.file)
    number("slot", UInt64(place.index))
    number("offset", UInt64(place.offset))
  }

  mutating func badSlot(_ bad: SpoolReader.BadSlot) {
    place(ofSlot: bad.slot)
    text("bad", words(for: bad.fault))
    switch bad.consequence {
    case .nothing: text("consequence", "nothing")
    case .unknown: text("consequence", "unknown")
    case .lost(let loss): object("consequence") { $0.loss(loss) }
    }
  }

  mutating func loss(_ loss: SpoolReader.Loss) {
    number("lost", loss.count)
    number("first", loss.numbers.lowerBound)
    number("last", loss.numbers.upperBound - 1)
  }

  mutating func position(_ position: Gap.Position) {
    number("epoch", UInt64(position.epoch))
    number("sequence", position.sequence)
  }
}
