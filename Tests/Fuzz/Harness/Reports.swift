import Telemetry

/// Records as they could lie in a spool: what decodes encodes to the same bytes. All of them go into a summary of
/// losses, whose gaps are never too long, can be read, and do not say less than was lost.
func tryReports(_ bytes: [UInt8]) {
  var input = Input(bytes)
  var summary = GapSummary()
  var lost: [Gap.Reason: UInt64] = [:]
  var records: [[UInt8]] = []
  func add(_ count: UInt64, _ reason: Gap.Reason) {
    // The largest number stands for an unknown count: gaps stop below it.
    let (sum, overflow) = lost[reason, default: 0].addingReportingOverflow(count)
    lost[reason] = overflow ? .max - 1 : min(sum, .max - 1)
  }
  while !input.isEmpty, records.count < 100 {
    let what = input.byte()
    let record = input.take(min(input.word(), 4_006))
    let reason = Gap.Reason.allCases[what % Gap.Reason.allCases.count]
    if what & 0x80 != 0 {
      let half = records.count / 2
      let count = UInt64(what & 0x7F)
      let (before, after) = (Array(records[..<half]), Array(records[half...]))
      summary.addUnreadable(count: count, before: before, after: after, hasHoles: what & 0x40 != 0)
      add(count, .unreadable)
    }
    records.append(record)
    summary.add(record, reason)
    add(1, reason)
    guard let report = try? ReportCoder.decode(record) else { continue }
    check(ReportCoder.encode(report) == record, "another record comes back for \(report)")
    guard case .gap(let gap) = report else { continue }
    add(gap.count, gap.reason)
  }
  check(summary.gaps(at: stamp, limit: 2_002) { identity }, cover: lost)
}

private func check(_ gaps: [Gap], cover lost: [Gap.Reason: UInt64]) {
  var told: [Gap.Reason: UInt64] = [:]
  for gap in gaps {
    let record = ReportCoder.encode(.gap(gap))
    check(record.count <= 2_002, "a gap of \(record.count) bytes")
    let back = (try? ReportCoder.decode(record)).map(ReportCoder.encode)
    check(back == record, "a gap that cannot be read: \(gap)")
    let (sum, overflow) = told[gap.reason, default: 0].addingReportingOverflow(gap.count)
    told[gap.reason] = overflow ? .max : sum
  }
  for (reason, count) in lost {
    check(told[reason, default: 0] >= count, "\(count) lost (\(reason.name)), told \(told)")
  }
}

private let stamp = Stamp(boot: .unknown, uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 0), synced: false)
private let identity = Identity(sensor: Event.stream, epoch: 1, sequence: 1)
