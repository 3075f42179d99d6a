import Linux
import Logging
import Spool
import Telemetry
import Uplink

/// The spool as the uplink's outbox. Each call posts to the spool's loop.
struct SpoolOutbox: Outbox {
  let spool: Spool
  let deadLetters: DeadLetters
  let clock: @Sendable () -> Stamp
  let log: Log

  func fetch(_ wanted: Wanted, _ answer: @escaping @Sendable (_ parcels: [Parcel], _ isCutShort: Bool) -> Void) {
    spool.post { spool in
      let (records, isCutShort) =
        switch wanted {
        case .next(let after, let limit, let anew): (spool.next(after: after, limit: limit, anew: anew), false)
        case .held(let first, let limit): spool.nextHeld(from: first, limit: limit)
        }
      answer(records.map { Parcel(number: $0.number, record: $0.bytes, isAhead: $0.isAhead) }, isCutShort)
    }
  }

  func acknowledge(_ numbers: [UInt64]) { spool.post { $0.acknowledge(numbers) } }

  func hold(_ number: UInt64) { spool.post { $0.hold(number) } }

  func reject(_ parcel: Parcel, _ refused: CourierNote.Refused) {
    spool.post { spool in
      deadLetters.add(parcel, refused, at: clock())
      spool.reject(parcel.number, parcel.record)
    }
  }

  /// Splits a gap into smaller ones, which `GapReporter` makes from the rejected record. There is no dead letter,
  /// because nothing is lost.
  func divide(_ gap: Parcel) { spool.post { $0.reject(gap.number, gap.record) } }

  func discard(_ parcel: Parcel, _ error: MalformedReport) {
    log.say(
      .unreadableRecord,
      "spool: record \(parcel.number) cannot be read and is left out: \(error.reason) at byte \(error.offset)")
    spool.post { $0.reject(parcel.number, parcel.record) }
  }
}
