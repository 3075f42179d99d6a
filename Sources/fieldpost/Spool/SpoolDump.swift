import ArgumentParser
import Linux
import Messages
import Spool
import Telemetry

struct SpoolDump: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dump", abstract: "Prints a line of JSON for each block and each bad slot, for engineers.",
    discussion:
      "Sources/Spool/Format/FORMAT.md says what the fields mean. Bad slots come before the next block that counts.")

  @OptionGroup var place: SpoolPlace
  @Flag(help: "Each record too, as hexadecimal digits and decoded.")
  var records = false

  func run() throws {
    let (_, spool) = try place.open()
    let output = try SpoolOutput()
    let encoder = SpoolReports(device: "unknown")
    var isDamaged = false
    try spool.walk { (item) throws(ExitCode) in
      switch item {
      case .block(let block): try output.json(line(for: block, encoder))
      case .bad(let slot): try output.json(JSONWriter.object { $0.badSlot(slot) })
      case .lost(let loss): try output.json(JSONWriter.object { $0.loss(loss) })
      case .record, .differs: return
      }
      if case .block = item { return }
      isDamaged = true
    }
    try output.finish()
    if isDamaged { throw SpoolCommand.damaged }
  }

  private func line(for block: SpoolReader.StoredBlock, _ encoder: SpoolReports) -> [UInt8] {
    JSONWriter.object { json in
      json.place(ofSlot: block.slot)
      json.text("standing", name(of: block.standing))
      json.number("number", block.number)
      json.text("store", hexadecimal(block.storeID))
      json.number("serial", block.serial)
      json.number("cursor", block.cursor)
      json.number("first", block.first)
      json.number("count", UInt64(block.records.count))
      json.number("holes", block.holes)
      json.number("evicted", block.evicted)
      json.number("expired", block.expired)
      json.number("lost", block.lost)
      json.number("epoch", UInt64(block.epoch))
      json.number("carried", UInt64(block.carried.count))
      guard records else { return }
      json.array("records", Array(block.records.enumerated())) { entry, json in
        json.number("number", block.first + UInt64(entry.offset))
        if let bytes = entry.element { put(bytes, encoder, &json) } else { json.literal("settled", "true") }
      }
      json.array("carried_records", block.carried) { put($0, encoder, &$1) }
    }
  }

  private func put(_ bytes: [UInt8], _ encoder: SpoolReports, _ json: inout JSONWriter) {
    json.text("hex", bytes.hexadecimal())
    do throws(MalformedReport) {
      json.literal("report", String(decoding: encoder.payload(for: try ReportCoder.decode(bytes)), as: UTF8.self))
    } catch {
      json.text("undecodable", "\(error.reason), at byte \(error.offset)")
    }
  }

  private func name(of standing: SpoolReader.StoredBlock.Standing) -> String {
    switch standing {
    case .counts: "counts"
    case .leftOver: "left over"
    case .superseded: "superseded"
    case .otherSpool: "another spool"
    }
  }
}

/// Encodes reports as they would be published now.
struct SpoolReports {
  let device: String
  let clock = ClockCorrection(now: SystemClock.stamp())
  private let format: JSONFormat

  private let presentations: Presentation.BySensor

  /// `presentations`: those of the gateway's configuration, if it is known.
  init(device: String, presentations: Presentation.BySensor = [:]) {
    self.device = device
    self.presentations = presentations
    format = JSONFormat(device: device, presentations: presentations)
  }

  func presentation(_ sensor: String, _ kind: Quantity.Kind) -> Presentation {
    presentations[sensor]?[kind] ?? Presentation()
  }

  func payload(for report: Report) -> [UInt8] { format.payload(report, clock) }
}
