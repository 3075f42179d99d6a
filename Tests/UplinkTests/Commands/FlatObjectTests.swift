import Foundation
import TestSupport
import Testing

@testable import Uplink

/// Why the text is refused, and where; nil when it is not.
private func fault(_ text: String) -> String? { fault(Array(text.utf8)) }

private func fault(_ bytes: [UInt8]) -> String? {
  do throws(MalformedObject) {
    _ = try FlatObject(bytes)
    return nil
  } catch { return "\(error)" }
}

private let whole = #"{"a\u0041\n" : "x\ud83d\ude00", "b":-1.5e+3,"c":true,"d":false}"#

@Suite("A flat JSON object: what is refused")
struct FlatObjectFaultTests {
  @Test(
    "Anything but one object",
    arguments: [
      ("", "not a JSON object (byte 0)"), (" ", "not a JSON object (byte 1)"), ("null", "not a JSON object (byte 0)"),
      ("[]", "not a JSON object (byte 0)"), ("\"a\"", "not a JSON object (byte 0)"),
      ("1", "not a JSON object (byte 0)"), ("\u{FEFF}{}", "not a JSON object (byte 0)"),
      ("{} {}", "something behind the end (byte 3)"), ("{}x", "something behind the end (byte 2)"),
      ("{}\0", "something behind the end (byte 2)"), ("{\"a\":1}}", "something behind the end (byte 7)"),
    ])
  func notAnObject(_ text: String, _ reason: String) { #expect(fault(text) == reason) }

  @Test(
    "An object that is not finished, at every place of one",
    arguments: 0..<whole.utf8.count)
  func unfinished(_ length: Int) {
    #expect(fault(whole) == nil)
    #expect(fault(String(whole.prefix(length))) != nil)
  }

  @Test(
    "Members without name, colon, value or comma",
    arguments: [
      ("{a:1}", "not a text (byte 1)"), ("{'a':1}", "not a text (byte 1)"), ("{1:1}", "not a text (byte 1)"),
      ("{,}", "not a text (byte 1)"), ("{\"a\":1,}", "not a text (byte 7)"),
      ("{\"a\":1,,\"b\":1}", "not a text (byte 7)"),
      ("{\"a\"}", "no colon behind a name (byte 4)"), ("{\"a\" 1}", "no colon behind a name (byte 5)"),
      ("{\"a\"=1}", "no colon behind a name (byte 4)"),
      ("{\"a\":}", "not a text, a number, true or false (byte 5)"),
      ("{\"a\"::1}", "not a text, a number, true or false (byte 5)"),
      ("{\"a\":1 \"b\":2}", "neither a comma nor the end behind a value (byte 7)"),
      ("{\"a\":1;\"b\":2}", "neither a comma nor the end behind a value (byte 6)"),
      ("{\"a\":1,\"a\":2}", "a name that comes twice (byte 7)"),
      ("{\"a\":1,\"\\u0061\":2}", "a name that comes twice (byte 7)"),
    ])
  func members(_ text: String, _ reason: String) { #expect(fault(text) == reason) }

  @Test(
    "Nesting, and words that are none of ours",
    arguments: [
      ("{\"a\":{}}", "nesting (byte 5)"), ("{\"a\":[]}", "nesting (byte 5)"), ("{\"a\":[[[[[[", "nesting (byte 5)"),
      ("{\"a\":null}", "not a text, a number, true or false (byte 5)"),
      ("{\"a\":True}", "not a text, a number, true or false (byte 5)"),
      ("{\"a\":tru}", "not a text, a number, true or false (byte 5)"),
      ("{\"a\":truex}", "neither a comma nor the end behind a value (byte 9)"),
      ("{\"a\":NaN}", "not a text, a number, true or false (byte 5)"),
      ("{\"a\":Infinity}", "not a text, a number, true or false (byte 5)"),
    ])
  func words(_ text: String, _ reason: String) { #expect(fault(text) == reason) }

  @Test(
    "Numbers that JSON does not have",
    arguments: [
      "+1", ".5", "1.", "-", "--1", "01", "-01", "1e", "1e+", "1.e1", "0x10", "1_000", "1,5", "-Infinity", "١",
    ])
  func numbers(_ text: String) { #expect(fault("{\"a\":\(text)}") != nil) }

  @Test(
    "Texts that JSON does not have",
    arguments: [
      "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\u 123\"", "\"\\U0041\"", "\"\\'\"", "\"a\nb\"", "\"a\tb\"", "\"\0\"",
      "\"\u{1F}\"", "'a'", "\"\\ud83d\"", "\"\\ud83dx\"", "\"\\ud83d\\n\"", "\"\\ud83d\\u0041\"", "\"\\ude00\"",
      "\"\\ude00\\ud83d\"", "\"\\ud83d\\ud83d\"", "\"\\u+041\"", "\"\\u٠٠٤١\"",
    ])
  func texts(_ text: String) { #expect(fault("{\"a\":\(text)}") != nil) }

  @Test(
    "Bytes that are not UTF-8",
    arguments: [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]])
  func notUTF8(_ bytes: [UInt8]) {
    #expect(fault(Array("{\"a\":\"".utf8) + bytes + Array("\"}".utf8)) == "not UTF-8 (byte 0)")
  }

  @Test("Too many members, and too many bytes")
  func tooMuch() {
    func object(_ count: Int) -> String { "{" + (0..<count).map { "\"\($0)\":1" }.joined(separator: ",") + "}" }
    #expect(fault(object(FlatObject.memberLimit)) == nil)
    #expect(fault(object(FlatObject.memberLimit + 1))?.hasPrefix("too many members") == true)
    func long(_ size: Int) -> String { "{\"a\":\"" + String(repeating: "x", count: size - 8) + "\"}" }
    #expect(fault(long(FlatObject.sizeLimit)) == nil)
    #expect(fault(long(FlatObject.sizeLimit + 1)) == "more than 1024 bytes (byte 0)")
    #expect(fault(String(repeating: "{\"a\":", count: 200)) == "nesting (byte 5)")
  }
}

@Suite("A flat JSON object: what it says")
struct FlatObjectTests {
  @Test("Texts, numbers as they are written, true and false, with and without space")
  func values() throws {
    #expect(try FlatObject(Array("{}".utf8)).members == [:])
    let text = " \t\r\n{ \"a\" : \"b\" , \"n\":-0.5e+07,\"zero\":0,\"t\":true,\"f\":false,\"\":\"\"}\n"
    #expect(
      try FlatObject(Array(text.utf8)).members == [
        "a": .text("b"), "n": .number("-0.5e+07"), "zero": .number("0"), "t": .boolean(true), "f": .boolean(false),
        "": .text(""),
      ])
  }

  @Test("Every escape")
  func escapes() throws {
    let text = #"{"a":"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\uD83D\ude00\u0000","é😀":"é😀"}"#
    #expect(
      try FlatObject(Array(text.utf8)).members == [
        "a": .text("\"\\/\u{8}\u{C}\n\r\tAé€😀\0"), "é😀": .text("é😀"),
      ])
  }

  @Test(
    "What it takes of altered bytes, Foundation takes too, and reads the same", arguments: [1, 2, 3, 4] as [UInt64])
  func altered(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let seeds = [
      #"{"command":"read-now","sensor":"freezer-1"}"#, #"{"command":"interval","sensor":"x","every":"5s"}"#,
      #"{"a":-0.5e7,"b":true,"c":false,"d":"\u0041\ud83d\ude00\n"}"#, "{}",
    ].map { Array($0.utf8) }
    let alphabet = Array("{}[]\",:\\u0019aefnrtlsd.+- \n\u{1}é".utf8) + [0xC3, 0xFF]
    var taken = 0
    for _ in 0..<5_000 {
      var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0 where place < bytes.count: bytes.remove(at: place)
        case 1 where place < bytes.count: bytes[place] = alphabet.randomElement(using: &random) ?? 0
        default: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
        }
      }
      guard let found = try? FlatObject(bytes).members else { continue }
      taken += 1
      let json = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
      #expect(json?.count == found.count, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
      for case (let name, .text(let text)) in found {
        #expect(json?[name] as? String == text, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
      }
    }
    #expect(taken > 100, "seed \(seed)")
  }

  @Test("Any bytes are refused or read, and never more", arguments: [1, 2] as [UInt64])
  func anyBytes(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<5_000 {
      let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
      let foreign = [UInt8(ascii: "{")] + bytes + [UInt8(ascii: "}")]
      if let found = try? FlatObject(foreign).members { #expect(found.isEmpty || bytes.count >= 5, "seed \(seed)") }
    }
  }
}
