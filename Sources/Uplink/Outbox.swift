import Telemetry

/// The records to be delivered, and what becomes of them: the buffer, as the uplink uses it. Each function is called on
/// the uplink's loop and must not block.
package protocol Outbox: Sendable {
  /// Asks for records; `answer` may be called from any thread, once. `isCutShort`: see `Courier.Event.fetched`.
  func fetch(_ wanted: Wanted, _ answer: @escaping @Sendable (_ parcels: [Parcel], _ isCutShort: Bool) -> Void)

  /// The broker has accepted these records.
  func acknowledge(_ numbers: [UInt64])

  /// The record is left out of what `fetch` gives in order, and waits until it is asked for as held.
  func hold(_ number: UInt64)

  /// The broker will never accept the parcel: it becomes a dead letter, and a gap reports it.
  func reject(_ parcel: Parcel, _ refused: CourierNote.Refused)

  /// The gap is larger than the broker takes: several smaller ones take its place.
  func divide(_ gap: Parcel)

  /// The record cannot be decoded: it is given up, and a gap reports it.
  func discard(_ parcel: Parcel, _ reason: MalformedReport)
}

/// A request for records.
package enum Wanted: Sendable {
  /// At most `limit` parcels after a number; `anew`: nothing is in flight.
  case next(after: UInt64?, limit: Int, anew: Bool)
  /// At most `limit` held parcels, from a number on.
  case held(from: UInt64, limit: Int)
}
