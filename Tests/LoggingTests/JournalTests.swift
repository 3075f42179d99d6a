import Foundation
import Linux
import Testing

@testable import Logging

/// The journal is played by the test: a datagram socket where the log looks for it.
@Suite("Messages for the journal")
struct JournalTests {
  let directory: String
  let path: String
  let receiver: Int32

  init() throws {
    directory = NSTemporaryDirectory() + "fieldpost-journal-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    path = directory + "/socket"
    receiver = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    let address = try #require(SocketAddress(path: path))
    #expect(address.withSockaddr { bind(receiver, $0, $1) } == 0)
  }

  private func next() -> [String] {
    var buffer = [UInt8](repeating: 0, count: 1 << 17)
    let count = recv(receiver, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    return count < 0
      ? [] : String(decoding: buffer.prefix(count), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  private func finish() {
    close(receiver)
    try? FileManager.default.removeItem(atPath: directory)
  }

  @Test("Text, level, names and what it is about; the same message always has the same MESSAGE_ID")
  func fields() {
    defer { finish() }
    let log = Log(style: .journal, journal: path)
    log.write(LogEntry(.warning, id: "sensor-fault", "hall: gone", [.sensor: "hall", .bus: "i2c-1"]))
    #expect(
      next() == [
        "MESSAGE=hall: gone [sensor-fault]", "PRIORITY=4", "SYSLOG_IDENTIFIER=fieldpostd",
        "MESSAGE_ID=" + LogEntry.journalID(of: "sensor-fault"), "FIELDPOST_MESSAGE=sensor-fault",
        "FIELDPOST_BUS=i2c-1", "FIELDPOST_SENSOR=hall",
      ])
    // Were it another one day, whoever filters by it would miss the message.
    #expect(LogEntry.journalID(of: "sensor-fault") == "e158c5ef397104cc1a5ebd53fadcc443")
  }

  @Test("No text can make a field of its own; a very long one is cut")
  func hostile() {
    defer { finish() }
    let log = Log(style: .journal, journal: path)
    log.write(LogEntry(.info, id: "x", "a\nPRIORITY=0\r\nb", [.broker: "c\nd"]))
    let lines = next()
    #expect(lines.first == "MESSAGE=a PRIORITY=0 b [x]")
    #expect(lines.contains("FIELDPOST_BROKER=c d"))
    #expect(lines.count == 6)
    log.write(LogEntry(.info, id: "x", String(repeating: "é", count: 100_000)))
    #expect(next().count == 5)
  }

  @Test("A journal that takes nothing is not waited for, nor is standard error: lines are given up, and counted")
  func full() throws {
    defer { finish() }
    let log = Log(style: .journal, journal: path)
    // The kernel keeps some hundreds at most.
    for number in 0..<2_000 { log.write(LogEntry(.info, id: "x", "\(number)")) }
    var kept = 0
    while !next().isEmpty { kept += 1 }
    #expect(kept > 0)
    #expect(kept < 2_000)
    log.write(LogEntry(.info, id: "x", "again"))
    #expect(next().first == "MESSAGE=again [x]")
    let told = next()
    #expect(
      told.first == "MESSAGE=the journal was busy: \(2_000 - kept) lines could not be written [log-lines-lost]")
    #expect(told.contains("PRIORITY=4"))
    log.write(LogEntry(.info, id: "x", "and again"))
    #expect(next().first == "MESSAGE=and again [x]")
    #expect(next().isEmpty)
  }

  @Test("Without the socket it is not used")
  func missing() {
    defer { finish() }
    #expect(JournalSocket(path: directory + "/nowhere", program: "x") == nil)
    #expect(JournalSocket(path: String(repeating: "x", count: 200), program: "x") == nil)
  }
}
