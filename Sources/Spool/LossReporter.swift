/// Knows what records mean; the spool knows only their bytes. It is told of every record that the spool gives up, and
/// makes the records that report it. Called on the spool's loop, in the middle of the spool's work: it must not call
/// the spool.
package protocol LossReporter: AnyObject {
  /// Whether a record that is about to be handed out is too old to be wanted.
  func isExpired(_ record: [UInt8]) -> Bool

  /// A record is given up.
  func lost(_ record: [UInt8], _ reason: LossReason)

  /// `count` records were in blocks that can no longer be read. `before` and `after`: some of those that lie around
  /// them, in order, whether they wait or are settled. `hasHoles`: records between those, besides the lost ones, are not
  /// shown, because they were settled before they came to the disk, or are nowhere for another reason.
  func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool)

  /// Records that report what was told since the last call, each of at most `Spool.maximumReportSize` bytes. They are
  /// kept like any other record, and a power cut cannot part a report from the loss. `epoch`: as `Spool.open` returns
  /// it, which may not have returned yet.
  func reports(epoch: UInt32) -> [[UInt8]]

  /// Reports that nobody has seen and nobody will: the next ones say what they said.
  func retake(_ reports: [[UInt8]])
}

extension LossReporter {
  /// What a lost report said is not lost with it.
  package func retake(_ reports: [[UInt8]]) {
    for report in reports { lost(report, .evicted) }
  }
}

/// Why the spool gives a record up.
package enum LossReason: Hashable, Sendable {
  /// To make room.
  case evicted
  /// It is too old.
  case expired
  /// Somebody wants the spool to be empty.
  case purged
  /// It will never be accepted where it should go.
  case rejected
  /// There was no room for it.
  case refused
}
