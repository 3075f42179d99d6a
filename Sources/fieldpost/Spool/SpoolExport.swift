import ArgumentParser
import Configuration
import Gateway
import Linux
import Spool
import Telemetry

struct SpoolExport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Writes every waiting reading, event and gap as JSON lines or CSV.",
    discussion: """
      A line of JSON is what would have been published. What could not be read is named on standard error, and the exit \
      status is then 1.
      """)

  @OptionGroup var place: SpoolPlace
  @Flag(help: "A table for a spreadsheet: a row for each quantity, event and gap.")
  var csv = false
  @Flag(help: "Also what was settled (acknowledged or given up) and is still there, marked as settled.")
  var all = false
  @Option(help: "The device's id, in place of the one in the spool.")
  var device: String?
  @Option(
    help: "Takes the units of sensors from this devices.yaml, and the device's id where the spool does not say it.")
  var config: String?
  @Option(name: .shortAndLong, help: "A file to write to.")
  var output: String?
  @Flag(help: "Overwrites that file if it is there.")
  var force = false

  func validate() throws {
    if force, output == nil { throw ValidationError("--force is for --output") }
  }

  func run() throws {
    let (device, presentations) = try meaning()
    let reports = SpoolReports(device: device, presentations: presentations)
    let (_, spool) = try place.open()
    let output =
      try self.output.map { try SpoolOutput(path: $0, mayOverwrite: force) } ?? SpoolOutput()
    let sheet = SpoolSheet(reports, marksSettled: all)
    if csv { try output.line(sheet.head) }
    var tally = SpoolTally()
    var complaints: [String] = []
    try spool.walk { (item) throws(ExitCode) in
      tally.add(item)
      switch item {
      case .block, .bad, .lost: return
      case .differs(let record):
        complaints.append("record \(record.number ?? 0) is there twice, with different content: both are written")
        try write(record, to: output, reports, sheet, &complaints)
      case .record(let record):
        if record.isWaiting || all { try write(record, to: output, reports, sheet, &complaints) }
      }
    }
    try output.finish()
    for line in lines(for: tally.bad) + tally.unexplained.map(line(forUnexplained:)) + complaints {
      complain(line)
    }
    let isMissing = !tally.losses.isEmpty || !complaints.isEmpty || tally.bad.contains { $0.consequence != .nothing }
    if isMissing { throw SpoolCommand.damaged }
  }

  /// The device's id and the units. An id in the spool wins over that of the configuration, which may be another
  /// board's.
  private func meaning() throws -> (device: String, Presentation.BySensor) {
    let known = DeviceKnown(of: SegmentReader(directory: place.directory))
    var named = device
    if case .device(let id) = known { named = named ?? id }
    let settings = try config.map { try settingsOfBoard($0, isNamed: named != nil) }
    let written = settings?.device.id
    if device == nil, let named, let written, !written.contains("{"), written != named {
      complain("\(place.directory): of the device \(named), and not of \(written), which --config names")
    }
    return (named ?? written ?? "unknown", settings?.presentations ?? [:])
  }

  /// The card may be in another machine, which has neither the board's secrets nor its serial number.
  private func settingsOfBoard(_ file: String, isNamed: Bool) throws -> Settings {
    let settings: Settings
    do throws(ConfigurationError) {
      settings = try ConfigurationLoader.load(path: file, environment: environment, board: nil, isElsewhere: true)
    } catch {
      throw told(error)
    }
    guard isNamed || !settings.device.id.contains("{") else {
      throw ValidationError(
        "the id in \(file) is \(settings.device.id), which only the board itself can fill in: give it with --device; "
          + "devices.yaml.accepted.txt on its boot partition has it")
    }
    return settings
  }

  private func write(
    _ record: SpoolReader.StoredRecord, to output: SpoolOutput, _ reports: SpoolReports, _ sheet: SpoolSheet,
    _ complaints: inout [String]
  ) throws(ExitCode) {
    let report: Report
    do throws(MalformedReport) { report = try ReportCoder.decode(record.bytes) } catch {
      let name = record.number.map { "record \($0)" } ?? "a carried report"
      complaints.append(
        "\(fieldpost.place(ofSlot: record.slot)): \(name) cannot be decoded: \(error.reason), at byte \(error.offset); "
          + "\"dump --records\" shows its bytes")
      return
    }
    if csv {
      for row in sheet.rows(for: report, isSettled: !record.isWaiting) { try output.line(row) }
    } else {
      let payload = reports.payload(for: report)
      try output.json(record.isWaiting ? payload : payload.dropLast() + Array(",\"settled\":true}".utf8))
    }
  }
}
