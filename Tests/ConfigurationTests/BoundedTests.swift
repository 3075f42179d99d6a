import Testing

@testable import Configuration

/// A file is told about in a time that its size bounds. Counted are the mistakes that are looked for and what is written of
/// them: a clock would measure the machine.
@Suite("Mistakes without end") struct BoundedTests {
  /// As much as a file may have, of one kind of mistake.
  private static func filled(_ begin: String, _ part: (Int) -> String, _ end: String = "") -> String {
    var text = begin
    var number = 0
    while text.utf8.count < Document.limit - 200 {
      text += part(number)
      number += 1
    }
    return text + end
  }

  private static let head = "device: {id: box}\nuplink:\n  broker: mqtt://broker\n"

  /// Large inputs, and others like them.
  static let shapes: [(name: String, text: String)] = [
    ("unknown keys in a group", filled(head, { "  key\($0): x\n" })),
    ("unknown keys below a misspelt one", filled(head + "  passwort:\n", { "    key\($0): x\n" })),
    ("unknown keys at the top", filled("", { "key\($0): x\n" })),
    ("sensors without anything", filled(head + "sensors:\n", { _ in "  - {}\n" })),
    ("sensors that are no groups", filled(head + "sensors:\n", { _ in "  - a\n" })),
    ("sensors of an unknown driver", filled(head + "sensors:\n", { "  - {id: a\($0), driver: nosuch}\n" })),
    ("a list of one letter", filled(head + "sensors: [", { _ in "a," }, "]\n")),
    ("a group of one letter", filled("{", { _ in "a," }, "}\n")),
    ("one key again and again", filled(head, { _ in "  qos: 1\n" })),
    ("one long scalar", filled(head + "  qos: ", { _ in "xxxxxxxxxxxxxxxx" }, "\n")),
    ("one long word with digits", filled(head + "  qos: ", { _ in "x1" }, "\n")),
    ("one long key", filled("", { _ in "xxxxxxxxxxxxxxxx" }, ": 1\n")),
    ("groups in groups", filled("", { _ in "{a: " })),
    ("lists in lists", filled("", { _ in "[" })),
    ("words that are almost a password", filled(head, { _ in "  passwodr: x\n" })),
    ("a line of such words", filled(head + "  qos: \"", { _ in "passwodr " }, "\"\n")),
    ("empty lines and one mistake", filled(head + "  qos: 9\n", { _ in "\n" })),
  ]

  @Test("At most a hundred mistakes are looked for, and a page for each is written", arguments: shapes.map(\.name))
  func reported(name: String) throws {
    let text = try #require(Self.shapes.first { $0.name == name }).text
    #expect(text.utf8.count <= Document.limit)
    let error = try #require(failure(text))
    #expect(!error.problems.isEmpty)
    #expect(error.problems.count <= 100)
    let rendered = error.rendered(inColour: false)
    #expect(rendered.utf8.count < 100 * 1_000)
    #expect(rendered.contains("and there are more") == error.hasMore)
  }

  @Test("Beyond the hundredth mistake nothing is compared any more: twice the file is no more mistakes") func stopped()
  {
    func found(_ count: Int) -> Int {
      failure(Self.head + (0..<count).map { "  key\($0): x\n" }.joined())?.problems.count ?? 0
    }
    #expect(found(90) == 91 && found(99) == 100)  // one is that there are no sensors
    #expect(found(200) == 100)
    #expect(found(4_000) == 100)
    #expect(failure(Self.head + (0..<99).map { "  key\($0): x\n" }.joined())?.hasMore == false)
    #expect(failure(Self.head + (0..<200).map { "  key\($0): x\n" }.joined())?.hasMore == true)
  }

  @Test("Which lines may hold a secret is one pass") func pass() {
    // As deep as a file can be, each line below the one before.
    let lines = (0..<400).map { String(repeating: " ", count: $0) + "a:" } + ["password:"]
    var secrets = SecretLines(lines + [" b: 1", "c: 1"])
    #expect((0..<403).filter { secrets.mayHoldSecret($0) } == [400, 401])
  }

  @Test("A file that is larger than any configuration is refused by its size, before it is read") func limit() throws {
    let folder = try TemporaryFolder()
    for (size, reason) in [(Document.limit, "key"), (Document.limit + 1, "has 131073 bytes; the limit is 131072")] {
      let bytes = Array((String(repeating: "#", count: size - 5) + "\nx: 1").utf8)
      let path = try folder.write("devices.yaml", bytes)
      do throws(ConfigurationError) {
        _ = try ConfigurationLoader.load(path: path, environment: { _ in nil }, board: nil)
      } catch {
        #expect(error.problems.first?.reason.contains(reason) == true, "\(error.problems)")
      }
    }
  }
}
