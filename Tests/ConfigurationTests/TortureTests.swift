import Foundation
import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Configuration

@Suite("Files that are hardly files") struct TortureTests {
  @Test(
    "A file that says nothing is told to be empty", arguments: ["", "\n\n", "# only this\n", "null\n", "~", "---\n"])
  func empty(text: String) { #expect(mistakes(text) == ["0:0 : the file is empty"]) }

  @Test(
    "What is no configuration at all is refused where it stands",
    arguments: [
      ("hello", "1:1 : must be a group of keys, not a single value"),
      ("- a\n- b\n", "1:1 : must be a group of keys, not a list"),
      (
        "device: {id: a}\n---\ndevice: {id: b}\n",
        "2:1 : a second document begins here; a configuration is one document"
      ),
      ("device: &a {id: x}\n", "1:9 : anchors (&name) are not supported: write the values out"),
      ("a: 1\nb: *a\n", "2:4 : aliases (*name) are not supported: write the values out"),
      ("device: !!map {id: x}\n", "1:9 : tags (!name) are not supported"),
      ("device: {id: !x y}\n", "1:14 : tags (!name) are not supported"),
      ("<<: *base\n", "1:5 : aliases (*name) are not supported: write the values out"),
      ("? [a]\n: b\n", "1:3 : a key must be a single word"),
      ("{a: {b: [1, {c: d}]", "1:20 : this is not YAML: did not find expected ',' or '}'"),
      (
        "device:\n\tid: x\n",
        "2:1 : this is not YAML: found character that cannot start any token (a tab? YAML wants spaces)"
      ),
    ])
  func notAConfiguration(text: String, expected: String) { #expect(mistakes(text).first == expected) }

  @Test("Nesting stops at a depth that no configuration needs", arguments: ["[", "{a: ", "- "])
  func deep(opening: String) {
    let found = failure(String(repeating: opening, count: 10_000))?.problems ?? []
    #expect(found.map(\.reason) == ["nested too deeply"])
    #expect(found.first?.line == 1)
  }

  @Test(
    "Bytes that are not text are refused on their line",
    arguments: [
      ([0xFF], 2), ([0x00], 2), ([0xC0, 0x80], 2), ([0xED, 0xA0, 0x80], 2), ([0xE2, 0x82], 2), ([0x1B], 2),
    ] as [([UInt8], Int)])
  func notText(bytes: [UInt8], line: Int) throws {
    let error = try #require(failure(bytes: Array("device: {id: a}\n# ".utf8) + bytes + Array(" x\n".utf8)))
    #expect(error.problems.map(\.line) == [line])
    #expect(error.problems[0].reason.hasPrefix("this is not text in UTF-8"))
    #expect(!error.rendered(inColour: false).unicodeScalars.contains { $0 != "\n" && $0.steers })
  }

  @Test("UTF-16 is refused, the mark of UTF-8 is not") func byteOrderMarks() throws {
    for mark in [[0xFF, 0xFE], [0xFE, 0xFF]] as [[UInt8]] {
      let error = try #require(failure(bytes: mark + file().utf8.flatMap { [$0, 0] }))
      #expect(error.problems.count == 1)
      #expect(error.problems[0].line == 1)
    }
    #expect(failure(bytes: [0xEF, 0xBB, 0xBF] + Array(file().utf8)) == nil)
  }

  @Test("Windows' line ends change neither values nor places") func windows() throws {
    let windows = file(uplink: ["qos: 3"]).replacingOccurrences(of: "\n", with: "\r\n")
    #expect(mistakes(windows) == mistakes(file(uplink: ["qos: 3"])))
    #expect(try #require(failure(windows)).rendered(inColour: false).contains("\n    qos: 3\n         ^\n"))
  }

  private func problem(at path: String) -> Problem? {
    do throws(ConfigurationError) {
      _ = try ConfigurationLoader.load(path: path, environment: { _ in nil }, board: nil)
      return nil
    } catch { return error.problems.count == 1 ? error.problems[0] : nil }
  }

  @Test("A path that is no readable file is told as such") func paths() throws {
    let folder = try TemporaryFolder()
    #expect(problem(at: folder.path)?.reason == "\(folder.path) is not a regular file")
    #expect(problem(at: "/nonexistent/x")?.reason == "/nonexistent/x: No such file or directory")
    #expect(problem(at: "/dev/zero")?.reason == "/dev/zero is not a regular file")
    let pipe = folder.path + "/pipe"
    try #require(mkfifo(pipe, 0o600) == 0)
    #expect(problem(at: pipe)?.reason == "\(pipe) is not a regular file")
  }

  @Test("A file of 128 KiB is read, one of a byte more is not") func limit() throws {
    let folder = try TemporaryFolder()
    let text = Array(file().utf8)
    let padding = [UInt8](repeating: UInt8(ascii: "#"), count: (128 << 10) - text.count)
    let whole = try folder.write("whole", text + padding)
    _ = try ConfigurationLoader.load(path: whole, environment: { _ in nil }, board: nil)
    let large = try folder.write("large", text + padding + [0x23])
    #expect(problem(at: large)?.reason == "\(large) has 131073 bytes; the limit is 131072")
  }

  /// Settings, or problems that stand in the file and can be shown.
  private func check(_ bytes: [UInt8], _ what: @autoclosure () -> String) {
    guard let error = failure(bytes: bytes) else { return }
    let isSound =
      !error.problems.isEmpty
      && error.problems.allSatisfy {
        $0.line == 0 ? $0.column == 0 : (1...error.lines.count).contains($0.line) && $0.column >= 1
      }
    if !isSound { Issue.record("\(what()): \(error.problems) in \(error.lines.count) lines") }
    if error.rendered(inColour: false).isEmpty { Issue.record("\(what()): nothing to show") }
  }

  @Test("The example, cut at every byte, gives settings or problems inside the file") func cut() throws {
    let bytes = Array(try exampleFile().utf8)
    for end in bytes.indices { check(Array(bytes[..<end]), "cut at \(end)") }
  }

  @Test("The example with random damage gives settings or problems inside the file", arguments: 0..<4)
  func damage(part: Int) throws {
    let bytes = Array(try exampleFile().utf8)
    let sharp = Array("\0\t\n\r:-{}[]&*!|>'\"%@`#?,~ \u{85}\u{2028}é".utf8) + [0xFF, 0xC0, 0xEF, 0xBB, 0x1B]
    for seed in (part * 1_000)..<(part + 1) * 1_000 {
      var random = SeededRandom(seed: UInt64(seed))
      var damaged = bytes
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let place = Int.random(in: 0..<damaged.count, using: &random)
        let byte =
          Bool.random(using: &random) ? sharp.randomElement(using: &random) ?? 0 : .random(in: 0...255, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: damaged[place] = byte
        case 1: damaged.insert(byte, at: place)
        default: damaged.removeSubrange(place..<min(damaged.count, place + Int.random(in: 1..<40, using: &random)))
        }
      }
      check(damaged, "seed \(seed)")
    }
  }
}
