import Configuration
import Drivers
import Foundation
import Logging
import TestSupport
import Testing

/// Steps of CONTRIBUTING.md that no other test misses. They show in the text of the sources.
@Suite("Everything that is declared is also used")
struct UseTests {
  /// All Swift files below a folder of the project. The manual names all messages, and writes none.
  private func text(below folder: String) throws -> String {
    let found = FileManager.default.enumerator(
      at: URL(fileURLWithPath: projectFolder + "/" + folder), includingPropertiesForKeys: nil)
    let files = try #require(found).compactMap { $0 as? URL }.filter {
      $0.pathExtension == "swift" && !$0.path.hasPrefix(projectFolder + "/Sources/Manual/")
    }
    return try files.map { try String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n")
  }

  /// The names that follow a dot: members, and cases where they are used. The pattern of a `case` is no use.
  private func used(below folder: String) throws -> Set<Substring> {
    let lines = try text(below: folder).split(separator: "\n").map { line in
      line.drop { $0 == " " }.hasPrefix("case .") ? line.drop { $0 != ":" } : line
    }
    return Set(
      lines.flatMap { line in
        line.split(separator: ".", omittingEmptySubsequences: false).dropFirst()
          .map { $0.prefix { $0.isLetter || $0.isNumber } }
      })
  }

  @Test("Each driver is in a test of Tests/DriversTests")
  func drivers() throws {
    let tests = try text(below: "Tests/DriversTests")
    #expect(Catalog.chips.map(\.name).filter { !tests.contains("\"\($0)\"") } == [])
  }

  @Test("Each message of the log is written somewhere")
  func messages() throws {
    let names = try used(below: "Sources")
    #expect(LogMessage.allCases.map { "\($0)" }.filter { !names.contains($0[...]) } == [])
  }

  @Test("Each setting has an effect: the daemon reads it")
  func settings() throws {
    let uplink = UplinkSettings(broker: BrokerAddress(host: "broker", port: 1_883), clientID: "box")
    let groups: [Any] = [
      uplink, uplink.topics, BufferSettings(), LogSettings(), StatusSettings(), CommandSettings(allowed: []),
    ]
    let names = try used(below: "Sources/Gateway").union(used(below: "Sources/fieldpostd"))
    let declared = groups.flatMap { Mirror(reflecting: $0).children.compactMap(\.label) }
    #expect(declared.count > 30)
    #expect(declared.filter { !names.contains($0[...]) } == [])
  }
}
