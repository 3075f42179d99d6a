import Linux
import Logging
import Messages
import Telemetry
import Uplink

/// Dead letters: readings that the broker will never take. They go into a file beside the buffer's segments, one line
/// of JSON each, for a person to look at. When the file reaches its limit it becomes `.1`, and the previous `.1` is
/// gone.
///
/// Lives on the spool's thread.
struct DeadLetters: Sendable {
  static let fileName = "dead-letters.jsonl"
  private static let limit = 128 << 10

  private let file: LineFile
  private let files: any SmallFiles
  private let format: JSONFormat
  private let addresses: any AddressBook
  private let log: Log

  init(
    directory: String, files: any SmallFiles = KernelFiles(), format: JSONFormat, addresses: any AddressBook, log: Log
  ) {
    self.files = files
    file = LineFile(path: directory + "/" + Self.fileName, limit: Self.limit, keep: 1, mode: 0o600)
    self.format = format
    self.addresses = addresses
    self.log = log
  }

  func add(_ parcel: Parcel, _ refused: CourierNote.Refused, at time: Stamp) {
    guard case .report(let report) = parcel.content else { return }
    let payload = format.payload(report, ClockCorrection(now: time))
    let line = JSONWriter.object { json in
      json.text("refused", time.wall.rfc3339)
      if let code = refused.refusal.code { json.number("reason", UInt64(code.number)) }
      json.text("meaning", refused.refusal.meaning)
      json.text("topic", addresses.place(of: report.address))
      json.literal("message", String(decoding: payload, as: UTF8.self))
    }
    do throws(SystemError) {
      // The gap report will be on the disk soon: the dead letter has to be there first.
      try files.append(line + [UInt8(ascii: "\n")], to: file)
    } catch {
      log.say(.deadLetterFailed, "uplink: cannot write a dead letter: \(error)")
    }
  }
}
