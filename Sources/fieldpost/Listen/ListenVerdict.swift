import Display
import Listening
import Telemetry

/// The result that `listen --audit` shows at the end.
struct ListenVerdict {
  let audit: Audit
  let isShare: Bool
  let lostConnections: Int
  /// The terminal's width; nil: nothing is cut or broken.
  let width: Int?

  /// At least one reading or event came, none is missing unreported, and none is out of order. Payloads that were not
  /// understood do not count.
  var isGood: Bool { !audit.findings.isEmpty && audit.isClean }

  var text: String {
    let findings = audit.findings
    var lines: [String] = []
    // The columns DEVICE and SENSOR shrink if the table is too wide.
    if !findings.isEmpty { lines.append(table(rows(findings), width: width, yielding: [(1, 8), (0, 8)])) }
    lines += findings.flatMap(details)
    lines += audit.faultSamples.map { "not understood: \($0)" }
    if audit.faults > audit.faultSamples.count {
      lines.append("not understood: \(audit.faults - UInt64(audit.faultSamples.count)) more")
    }
    return (lines + [verdict(findings)]).flatMap { text in
      text.split(separator: "\n").flatMap { fitted(printable(String($0))) }
    }
    .joined(separator: "\n")
  }

  private func fitted(_ line: String) -> [String] { width.map { wrapped(line, to: $0, indent: 2) } ?? [line] }

  private func rows(_ findings: [Audit.Finding]) -> [[String]] {
    let head = ["DEVICE", "SENSOR", "EPOCHS", "RECEIVED", "REPEATS", "MISSING", "REPORTED", "UNORDERED"]
    return [head]
      + findings.map { finding in
        let (first, last) = (finding.epochs.lowerBound, finding.epochs.upperBound)
        return [
          finding.stream.device, finding.stream.sensor, first == last ? "\(first)" : "\(first)-\(last)",
          "\(finding.received)", "\(finding.repeats)",
          isShare ? "-" : "\(finding.missingCount)", isShare ? "-" : "\(finding.reported)",
          isShare ? "-" : "\(finding.disorderCount)",
        ]
      }
  }

  private func details(_ finding: Audit.Finding) -> [String] {
    let name = "\(finding.stream.device) \(finding.stream.sensor)"
    let limit = 20
    var lines = finding.missing.prefix(limit).map { hole in
      let (first, last) = (hole.sequences.lowerBound, hole.sequences.upperBound)
      return "missing: \(name) epoch \(hole.epoch) no. \(first)" + (first == last ? "" : " … \(last)")
    }
    if finding.missing.count > limit { lines.append("missing: \(name): \(finding.missing.count - limit) more ranges") }
    lines += finding.disorder.map { disorder in
      "out of order: \(name) epoch \(disorder.late.epoch) no. \(disorder.late.sequence) came after epoch "
        + "\(disorder.after.epoch) no. \(disorder.after.sequence)"
    }
    if finding.disorderCount > finding.disorder.count {
      lines.append("out of order: \(name): \(finding.disorderCount - UInt64(finding.disorder.count)) more")
    }
    return lines
  }

  private func verdict(_ findings: [Audit.Finding]) -> String {
    guard !findings.isEmpty else { return "verdict: nothing came, so that nothing can be said" }
    func sum(_ value: (Audit.Finding) -> UInt64) -> UInt64 { findings.reduce(0) { $0 &+ value($1) } }
    var parts = ["\(sum(\.received)) received", "\(sum(\.repeats)) repeated"]
    if isShare {
      parts.append("a member of a group sees its share only: what is missing and what order it has cannot be said")
    } else {
      parts += [
        "\(sum(\.missingCount)) missing", "\(sum(\.reported)) missing and reported",
        "\(sum(\.disorderCount)) out of order",
      ]
    }
    if audit.faults > 0 { parts.append("\(audit.faults) not understood") }
    if lostConnections > 0 { parts.append("connection lost \(counted(lostConnections, "time"))") }
    return "verdict: \(isGood ? "good" : "not good"): " + parts.joined(separator: ", ")
  }
}
