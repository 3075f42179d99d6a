import Configuration
import Drivers
import Foundation
import Telemetry
import Testing

@testable import Schema

@Suite("The table of keys and what the readers read") struct TableTests {
  private func problems(_ text: String) -> [Problem] {
    do throws(ConfigurationError) {
      _ = try ConfigurationLoader.load(Array(text.utf8), file: "f", environment: { _ in nil })
      return []
    } catch {
      return error.problems
    }
  }

  @Test("The readers read every key of the table: a value of the wrong shape is a mistake") func read() {
    for place in Place.all {
      let text = place.file(place.key.shape.wrong)
      let found = problems(text)
      #expect(
        found.contains { $0.path == place.path || $0.path.hasPrefix(place.path + "[") },
        "\(place) in \(text): \(found.map { "\($0.path): \($0.reason)" })")
    }
  }

  @Test("A key that must be there is missed, and a key that is misplaced is refused") func required() {
    for place in Place.all where place.key.name != "driver" {
      let isMisplaced = place.key.isMisplaced
      let text = place.file(isMisplaced ? Place.example(place.key.shape) : "~")
      let found = problems(text).filter { $0.path == place.path }
      let isRefused = isMisplaced ? !found.isEmpty : found.contains { $0.reason.hasPrefix("is missing: ") }
      #expect(isRefused == (isMisplaced || place.key.purpose != nil), "\(place) in \(text): \(found.map(\.reason))")
    }
  }

  @Test("The ends of a range are in it, and what is beyond is refused") func ranges() {
    for place in Place.all where !place.key.isMisplaced {
      guard let (within, beyond) = place.key.shape.ends else { continue }
      func isOut(_ value: String) -> Bool {
        problems(place.file(value)).contains { $0.path == place.path && $0.reason.contains("out of range") }
      }
      for value in within { #expect(!isOut(value), "\(place.file(value))") }
      for value in beyond { #expect(isOut(value), "\(place.file(value))") }
    }
  }

  private static let places = Place.all.filter { place in
    (place.chip == nil || place.chip?.name == "tmp102") && !place.key.isMisplaced
  }

  /// The settings of the file with this value for the key, or without the key, as a text.
  private func settings(_ place: Place, _ value: String?) throws -> String {
    let scheme = place.path.contains("tls") ? "mqtts:" : "mqtt:"
    let text = place.file(value).replacingOccurrences(of: "mqtt:", with: scheme)
    return String(describing: try ConfigurationLoader.load(Array(text.utf8), file: "f", environment: { _ in nil }))
  }

  @Test("A default that the notes tell is what the daemon uses without the key") func defaults() throws {
    for place in Self.places {
      guard let usual = place.usual else { continue }
      #expect(try settings(place, usual) == settings(place, nil), "\(place.file(usual))")
    }
  }

  @Test("A value gets into the settings: the two ends of a range make different ones") func arrives() {
    var compared = 0
    for place in Self.places {
      // An end may contradict what is beside it.
      guard let (within, _) = place.key.shape.ends, let first = within.first, let last = within.last, first != last,
        let low = try? settings(place, first), let high = try? settings(place, last)
      else { continue }
      compared += 1
      #expect(low != high, "\(place.file(last))")
    }
    #expect(compared > 20)
  }
}

extension Shape {
  /// Values at the ends of a range, and beyond them.
  var ends: (within: [String], beyond: [String])? {
    switch self {
    case .integer(let range):
      return (
        ["\(range.lowerBound)", "\(range.upperBound)"], ["\(range.lowerBound - 1)", "\(range.upperBound + 1)"]
      )
    case .decimal(let range, _):
      return (
        [range.lowerBound, range.upperBound].map { Self.decimal($0) },
        [range.lowerBound - 1, range.upperBound + 1].map { Self.decimal($0) }
      )
    case .duration(let range), .durationOrOff(let range):
      let below = range.lowerBound > .zero ? [(range.lowerBound - .milliseconds(1)).text] : []
      return (
        [range.lowerBound.text, range.upperBound.text], below + [(range.upperBound + .milliseconds(1)).text]
      )
    case .size(let range):
      return (
        [range.lowerBound.text, range.upperBound.text],
        [ByteCount(bytes: range.lowerBound.bytes - 1_024).text, ByteCount(bytes: range.upperBound.bytes + 1_024).text]
      )
    default: return nil
    }
  }

  private static func decimal(_ micros: Int64) -> String {
    let padded = String(micros.magnitude, padded: 7)
    return (micros < 0 ? "-" : "") + padded.dropLast(6) + "." + padded.suffix(6)
  }

  /// A value that this shape never has.
  var wrong: String {
    switch self {
    case .group, .oneOf, .list: "word"
    case .oneOrMore: "{a: b}"
    default: "[[a]]"
    }
  }
}
