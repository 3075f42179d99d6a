import ArgumentParser
import Linux
import Spool
import Telemetry

struct SpoolVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Reads all of a spool and names everything that is wrong with it.",
    discussion: "The last line is the verdict. Exit status 0: clean; 1: something is lost or bad; 2: not a spool.")

  @OptionGroup var place: SpoolPlace

  func run() throws {
    let (files, spool) = try place.open()
    var tally = SpoolTally()
    var order = SpoolReader.OrderCheck()
    var faults: [String] = []
    spool.walk { item in
      tally.add(item)
      switch item {
      case .block(let block):
        if let fault = order.fault(in: block) {
          faults.append("\(fieldpost.place(ofSlot: block.slot)): out of order: \(fault)")
        }
      case .record(let record): if let fault = fault(in: record) { faults.append(fault) }
      case .differs(let record):
        faults.append(
          "\(fieldpost.place(ofSlot: record.slot)): record \(record.number ?? 0) is there twice, with different content"
        )
      case .bad, .lost: break
      }
    }
    if case .unreadable(let error) = DeviceKnown(of: files) { faults.append("whose it is is unknown: \(error)") }
    for segment in spool.segments where segment.state == .otherSpool {
      faults.append("\(SegmentFile.name(of: segment.number)): belongs to another spool; left out")
    }
    let ledger = tally.ledger(spool.totals)
    if ledger.acknowledged == nil {
      faults.append(
        "the ledger does not add up: of \(ledger.taken) records \(ledger.waiting) wait, \(ledger.evicted) were evicted, "
          + "\(ledger.expired) expired, \(ledger.lostBefore) lost before and \(ledger.lostNow) now")
    }
    let found = lines(for: tally.bad) + tally.unexplained.map(line(forUnexplained:)) + faults
    for line in found { say(line) }
    say(
      "\(counted(spool.segments.count, "segment")), \(counted(tally.blocks, "block")), "
        + "\(counted(tally.records, "record")), of which \(tally.waiting) wait; format version "
        + "\(SpoolReader.formatVersion), epoch \(spool.epoch), of \(words(for: DeviceKnown(of: files)))")
    guard !found.isEmpty else { return say("\(place.directory): clean") }
    say("\(place.directory): not clean: \(verdict(tally, faults.count))")
    throw SpoolCommand.damaged
  }

  private func verdict(_ tally: SpoolTally, _ faults: Int) -> String {
    var parts = [counted(tally.bad.count, "bad block"), "\(counted(tally.lost, "record")) lost"]
    if faults > 0 { parts.append(counted(faults, "other fault")) }
    return parts.joined(separator: ", ")
  }

  private func fault(in record: SpoolReader.StoredRecord) -> String? {
    do throws(MalformedReport) { _ = try ReportCoder.decode(record.bytes) } catch {
      let name = record.number.map { "record \($0)" } ?? "a carried report"
      return
        "\(fieldpost.place(ofSlot: record.slot)): \(name) cannot be decoded: \(error.reason), at byte \(error.offset)"
    }
    return nil
  }
}
