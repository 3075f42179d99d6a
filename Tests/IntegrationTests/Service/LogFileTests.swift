import Foundation
import Testing

/// The log's own file, with the real daemon.
@Suite("The log's own file", .serialized)
struct LogFileTests {
  let workplace: Workplace
  private var log: String { workplace.path("log/fieldpost.log") }

  init() throws { workplace = try Workplace() }

  private func configuration(_ log: String) -> String {
    // Nothing listens there: every attempt is told.
    Daemon.configuration(workplace, broker: "mqtt://127.0.0.1:1", sensors: Daemon.twoSensors) + "\nlog: \(log)\n"
  }

  private func start(_ log: String) throws -> Program {
    try Daemon.start(workplace, configuration: configuration(log), options: ["--simulate"])
  }

  private func lines(_ path: String) -> [String] {
    ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
  }

  /// Without time and number of times.
  private func said(_ lines: [String]) -> [String] {
    lines.map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
  }

  private func end(_ daemon: Program) {
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("Every line is in it at the end, and none was written before: nothing was an error")
  func gathered() throws {
    let daemon = try start("{file: \(log)}")
    try #require(eventually { daemon.lines.contains { $0.contains("cannot connect") } }, "\(daemon.lines)")
    #expect(lines(log).isEmpty)
    end(daemon)
    // Lines of different threads may be in another order there.
    #expect(said(lines(log)).sorted() == said(daemon.lines).sorted(), "\(lines(log))\n\(daemon.lines)")
    #expect(lines(log).first?.contains("[spool-opened]") == true)
    #expect(lines(log).contains { $0.contains("[stopping]") })
  }

  @Test("An error is there at once, with what came before")
  func error() throws {
    let daemon = try start("{file: \(log)}")
    try #require(eventually { daemon.lines.contains { $0.contains("cannot connect") } }, "\(daemon.lines)")
    try workplace.write("nonsense", to: "devices.yaml")
    daemon.send(SIGHUP)
    #expect(eventually { lines(log).contains { $0.contains("[reload-refused]") } })
    #expect(lines(log).contains { $0.contains("[cannot-connect]") })
    end(daemon)
  }

  @Test("A reload takes another file, another level; the first one is whole")
  func reload() throws {
    let daemon = try start("{file: \(log)}")
    try #require(eventually { daemon.lines.contains { $0.contains("cannot connect") } }, "\(daemon.lines)")
    let other = workplace.path("other.log")
    try workplace.write(configuration("{file: \(other), level: notice}"), to: "devices.yaml")
    daemon.send(SIGHUP)
    try #require(eventually { lines(log).contains { $0.contains("[reloaded]") } }, "\(daemon.lines)")
    let before = daemon.lines.count
    end(daemon)
    #expect(said(lines(other)) == said(Array(daemon.lines.dropFirst(before))))
    #expect(lines(other).contains { $0.contains("[stopping]") })
    #expect(!lines(other).contains { $0.contains(" info ") })
  }

  @Test("A file that cannot be written is told once; everything else goes on")
  func full() throws {
    let daemon = try start("{file: /dev/full}")
    try #require(eventually { daemon.lines.contains { $0.contains("cannot connect") } }, "\(daemon.lines)")
    try workplace.write("nonsense", to: "devices.yaml")
    daemon.send(SIGHUP)
    try #require(eventually { daemon.lines.contains { $0.contains("[log-file-failed]") } }, "\(daemon.lines)")
    end(daemon)
    let told = daemon.lines.filter { $0.contains("[log-file-failed]") }
    #expect(told.count == 1 && told[0].contains("warning log: write /dev/full: No space left on device"), "\(told)")
  }

  @Test("A buffer that is refused is in the file when the daemon has ended")
  func refused() throws {
    let daemon = try start("{file: \(log)}")
    try #require(eventually { daemon.lines.contains { $0.contains("cannot connect") } }, "\(daemon.lines)")
    end(daemon)
    let segment = URL(fileURLWithPath: workplace.path("spool/00000000.seg"))
    var bytes = try Data(contentsOf: segment)
    bytes[3] = 2  // a newer version's
    try bytes.write(to: segment)
    let next = try start("{file: \(log)}")
    #expect(next.exitStatus() == 73, "\(next.lines)")
    #expect(lines(log).last?.contains("[spool-refused]") == true, "\(lines(log))")
  }
}
