import Telemetry
import Testing

@testable import Configuration

@Suite("What is logged, and where to") struct LogTests {
  private func with(_ lines: String) -> String { lines + "\n" + file() }

  @Test("Without a word: from info on, a summary an hour, no file")
  func usual() throws {
    let log = try load(file()).log
    #expect(log.level == .info)
    #expect(log.summary == .seconds(3_600))
    #expect(log.file == nil)
    #expect(try load(with("log:")).log == log)
  }

  @Test("A file, with how long it may get and how many are kept")
  func ownFile() throws {
    let usual = try #require(try load(with("log: {file: /var/log/fieldpost/a.log}")).log.file)
    #expect(usual.path == "/var/log/fieldpost/a.log")
    #expect(usual.size.bytes == 1 << 20)
    #expect(usual.keep == 3)
    let log = try load(with("log: {level: notice, file: /a, size: 64KiB, keep: 9}")).log
    #expect(log.level == .notice)
    #expect(log.file?.size.bytes == 64 << 10)
    #expect(log.file?.keep == 9)
  }

  @Test(
    "A mistake is told with its place",
    arguments: [
      ("log: {level: loud}", "1:14 log.level: unknown value \"loud\"; known are error, warning, notice, info, debug"),
      (
        "log: {file: a.log}",
        "1:13 log.file: must be an absolute path, such as /var/log/fieldpost/fieldpost.log, not \"a.log\""
      ),
      ("log: {keep: 3}", "1:13 log.keep: has no effect without \"file\""),
      ("log: {file: /a, keep: 0}", "1:23 log.keep: 0 is out of range: 1 to 99"),
      ("log: {file: /a, size: 1KiB}", "1:23 log.size: 1KiB is out of range: 16KiB to 64MiB"),
    ])
  func mistake(lines: String, expected: String) { #expect(mistakes(with(lines)) == [expected]) }
}
