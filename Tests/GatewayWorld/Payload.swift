import Foundation
import Telemetry

/// The content of messages. Readings are looked at byte by byte, because there are many of them.
enum Payload {
  struct Stated: Hashable {
    var sensor: String
    var epoch: UInt32
    var sequence: UInt64
    /// The part that must be the same each time that the identity arrives. The time is not: a clock that was set corrects it.
    var content: Int
  }

  static func identities(_ payload: [UInt8]) -> [Stated] {
    var found: [Stated] = []
    var rest = payload[...]
    while let sensor = take(after: sensorKey, until: quote, &rest),
      let epoch = take(after: epochKey, until: comma, &rest),
      let sequence = take(after: sequenceKey, until: comma, &rest)
    {
      guard let content = take(after: quantitiesKey, until: brace, &rest) else { break }
      found.append(
        Stated(
          sensor: String(decoding: sensor, as: UTF8.self), epoch: UInt32(number(epoch)), sequence: number(sequence),
          content: content.reduce(5_381) { $0 &* 33 &+ Int($1) }))
    }
    return found
  }

  private static let sensorKey = Array("\"sensor\":\"".utf8)
  private static let epochKey = Array("\"epoch\":".utf8)
  private static let sequenceKey = Array("\"sequence\":".utf8)
  private static let quantitiesKey = Array("\"quantities\":{".utf8)
  private static let quote = UInt8(ascii: "\"")
  private static let comma = UInt8(ascii: ",")
  private static let brace = UInt8(ascii: "}")

  private static func take(after key: [UInt8], until end: UInt8, _ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>?
  {
    rest.withUnsafeBufferPointer { bytes -> Range<Int>? in
      guard bytes.count > key.count else { return nil }
      var start = 0
      while start + key.count < bytes.count {
        if bytes[start] == key[0], key.indices.allSatisfy({ bytes[start + $0] == key[$0] }) { break }
        start += 1
      }
      start += key.count
      guard start < bytes.count else { return nil }
      var stop = start
      while stop < bytes.count, bytes[stop] != end { stop += 1 }
      return start..<stop
    }.map { range in
      let base = rest.startIndex
      let found = rest[base + range.lowerBound..<base + range.upperBound]
      rest = rest[(base + range.upperBound)...]
      return found
    }
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64 {
    digits.reduce(0) { $0 &* 10 &+ UInt64($1 &- 48) }
  }

  static func object(_ payload: [UInt8]) -> [String: Any]? {
    (try? JSONSerialization.jsonObject(with: Data(payload))) as? [String: Any]
  }
}
