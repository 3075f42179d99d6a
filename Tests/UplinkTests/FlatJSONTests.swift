import Simulation
import Testing

@testable import Uplink

@Suite("Commands as JSON")
struct FlatJSONTests {
  private func read(_ text: String) throws -> [String: String] { try FlatJSON.object(Array(text.utf8)) }

  @Test("Texts, numbers and words; white space anywhere between them")
  func values() throws {
    #expect(try read("{}") == [:])
    #expect(
      try read(" {\t\"a\" : \"b\",\n\"n\":-1.5e3,\"t\":true, \"x\":null\r\n} ")
        == ["a": "b", "n": "-1.5e3", "t": "true", "x": "null"])
    #expect(try read(#"{"k\"\\\/":"\n\t\r ü€𝄞"}"#) == ["k\"\\/": "\n\t\r ü€𝄞"])
  }

  @Test(
    "What is no flat object is refused, and says where",
    arguments: [
      ("", 0), (" ", 1), ("[]", 0), ("\"a\"", 0), ("{", 1), ("{\"a\"", 4), ("{\"a\":", 5), ("{\"a\":1", 6),
      ("{\"a\":1,}", 7), ("{\"a\":1}}", 7), ("{\"a\":1} x", 8), ("{a:1}", 1), ("{\"a\" 1}", 5), ("{\"a\":{}}", 5),
      ("{\"a\":[1]}", 5), ("{\"a\":1 \"b\":2}", 7), ("{\"a\":1,\"a\":2}", 7), ("{\"a\":truth}", 5),
      ("{\"a\":1e999}", 5),
      ("{\"a\":nan}", 5), ("{\"a\":-}", 5), ("{\"a\":}", 5), ("{\"a\":\"b}", 6), ("{\"a\":\"\\u0041\"}", 7),
      ("{\"a\":\"\\", 7), ("{\"a\":\"x\ny\"}", 7),
    ])
  func refused(_ text: String, _ offset: Int) {
    do throws(FlatJSON.Mistake) {
      let read = try FlatJSON.object(Array(text.utf8))
      Issue.record("\(text) is read as \(read)")
    } catch {
      #expect(error.offset == offset, "\(text): \(error)")
    }
  }

  @Test("Not UTF-8, and longer than a command can be")
  func bytes() {
    #expect(throws: FlatJSON.Mistake.self) {
      try FlatJSON.object(Array("{\"a\":\"".utf8) + [0xFF, 0xC0] + Array("\"}".utf8))
    }
    #expect(throws: FlatJSON.Mistake(reason: "longer than 1024 bytes", offset: 1_024)) {
      try FlatJSON.object([UInt8](repeating: 0x20, count: 1_025))
    }
  }

  @Test("Any bytes: no crash", arguments: 1...200 as ClosedRange<UInt64>)
  func anyBytes(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let alphabet = Array("{}[]\":,\\ntrue10.-e \u{00}\u{1F}ü".utf8) + [0xFF]
    for _ in 0..<50 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? 0 }
      _ = try? FlatJSON.object(Array("{\"".utf8) + bytes)
    }
  }
}
