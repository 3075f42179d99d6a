import Telemetry

/// How payloads are written. A format is a value and keeps nothing between two messages. `clock` decides which time is
/// written: see `ClockCorrection`.
package protocol PayloadFormat: Sendable {
  /// The media type (RFC 6838) of all payloads.
  var contentType: String { get }

  /// One payload for readings of one sensor; there is at least one.
  func readings(_ readings: [Reading], _ clock: ClockCorrection) -> [UInt8]
  func event(_ event: Event, _ clock: ClockCorrection) -> [UInt8]
  func gap(_ gap: Gap, _ clock: ClockCorrection) -> [UInt8]
  /// `time`: nil in the last will, because nobody knows when it will be published.
  func state(online: Bool, at time: Stamp?, _ report: StateReport?) -> [UInt8]

  /// Size of a reading in a payload with others, in bytes, at most.
  func bound(on reading: Reading) -> Int
}
