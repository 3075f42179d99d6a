import Configuration
import Drivers
import Foundation
import TestSupport
import Testing

@testable import Schema

@Suite("Every key, for people") struct NoteTests {
  private func contents(_ name: String) throws -> String {
    try String(contentsOfFile: projectFolder + "/" + name, encoding: .utf8)
  }

  @Test("Each key of the table has a note, and each note is about a key") func complete() {
    let paths = Set(KeyList().rows.map(\.path))
    let noted = Set(Notes.all.keys)
    #expect(paths.subtracting(noted).sorted() == [], "keys without a note in Sources/Schema/Notes")
    #expect(noted.subtracting(paths).sorted() == [], "notes without a key in Sources/Configuration/Keys")
  }

  @Test("A note is sentences, and names keys that are beside its own") func sentences() {
    for (path, note) in Notes.all {
      #expect(note.meaning.hasSuffix(".") && note.meaning.count > 10, "\(path)")
      #expect(!note.since.isEmpty, "\(path)")
      let home = path.split(separator: ".").dropLast().joined(separator: ".")
      for other in note.needs { #expect(Notes.all["\(home).\(other)"] != nil, "\(path) needs \(other)") }
    }
  }

  @Test("devices.yaml shows every key") func example() throws {
    let text = try contents("devices.yaml")
    let words = Set(text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":")) })
    let names = KeyList().rows.compactMap { $0.path.split(separator: ".").last }
    let missing = names.filter { !words.contains("\($0):") }
    // The groups that a sensor of the example could have are like that of humidity.
    #expect(Set(missing).subtracting(["pressure", "temperature"]) == [], "devices.yaml lacks them")
  }

  @Test("devices.yaml(5) has the list of keys that the tool prints") func manual() throws {
    let page = try contents("deploy/man/devices.yaml.5")
    let begin = try #require(page.range(of: ".\\\" keys\n"))
    let end = try #require(page.range(of: "\n.\\\" /keys"))
    #expect(
      String(page[begin.upperBound..<end.lowerBound]) == KeyList().manual,
      "put there what \"fieldpost schema --manual\" prints")
  }

  @Test("devices.yaml(5) says more of each key than its line in that list") func paragraphs() throws {
    let page = try contents("deploy/man/devices.yaml.5")
    let begin = try #require(page.range(of: ".\\\" keys\n"))
    let end = try #require(page.range(of: "\n.\\\" /keys"))
    let text = page[..<begin.lowerBound] + page[end.upperBound...]
    let words = Set(text.split { !($0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")) })
    let names = KeyList().rows.compactMap { $0.path.split(separator: ".").last }
    #expect(names.filter { !words.contains($0) } == [], "the page has no paragraph about them")
  }

  @Test("The schema is JSON that names its draft, and has a definition for every driver") func document() throws {
    let text = DevicesSchema.document.rendered
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    #expect(object?["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
    let definitions = try #require(object?["$defs"] as? [String: Any])
    for chip in Catalog.chips { #expect(definitions["driver-\(chip.name)"] != nil) }
  }

  @Test("A text in JSON is escaped") func escapes() {
    #expect(JSON.text("a\"b\\c\n\u{1F}°").rendered == #""a\"b\\c\u000a\u001f°""#)
    #expect(JSON.object([]).rendered == "{}" && JSON.list([]).rendered == "[]")
  }
}
