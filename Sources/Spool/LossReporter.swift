/// Knows what records mean; the spool knows only their bytes. It is told of every record that the spool gives up, and
/// makes the records that report these losses. It is called on the spool's loop, in the middle of the spool's work: it
/// must not call the spool.
package protocol LossReporter: AnyObject {
  /// Whether a record that is about to be handed out is too old to be delivered.
  func isExpired(_ record: [UInt8]) -> Bool

  /// Called when a record is given up.
  func lost(_ record: [UInt8], _ reason: LossReason)

  /// Called when `count` records were in blocks that can no longer be read. `before` and `after` are some of the
  /// records around them, in order, whether waiting or settled. `hasHoles` means that some records in between, besides
  /// the lost ones, are not shown: they were settled before they reached the disk, or are missing for another reason.
  func unreadable(_ count: Int, before: [[UInt8]], after: [[UInt8]], hasHoles: Bool)

  /// Returns records that report the losses since the last call, each at most `Spool.maximumReportSize` bytes. They are
  /// kept like any other record, and a power cut cannot separate a report from its loss. `epoch` is the value that
  /// `Spool.open` returns; it may not have returned yet.
  func reports(epoch: UInt32) -> [[UInt8]]

  /// Takes back reports that have not been delivered and never will be. The next reports must include their losses.
  func retake(_ reports: [[UInt8]])
}

extension LossReporter {
  /// Reports a lost report as a loss, so that its content is kept.
  package func retake(_ reports: [[UInt8]]) {
    for report in reports { lost(report, .evicted) }
  }
}

/// Why the spool gave up a record.
package enum LossReason: Hashable, Sendable {
  /// Given up to make room.
  case evicted
  /// The record is too old.
  case expired
  /// The spool was emptied on request.
  case purged
  /// The destination will never accept the record.
  case rejected
  /// There was no room for the record.
  case refused
}
