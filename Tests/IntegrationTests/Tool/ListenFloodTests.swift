import Foundation
import Testing

/// Brokers that send more than a listener can take.
@Suite("fieldpost listen and brokers that send too much")
struct ListenFloodTests {
  /// The first connection is a bad one.
  private func listen(room: Int32? = nil, _ bad: Manners) throws -> (Program, FakeBroker) {
    var good = Manners()
    good.afterSubscription = Self.publish(Array(readingJSON(1).utf8))
    let then = good
    let broker = try FakeBroker(room: room) { $0 == 1 ? bad : then }
    return (
      try Program(
        programs + "/fieldpost", ["listen", "--broker", broker.url, "--format", "jsonl", "--count", "1"]), broker
    )
  }

  /// PUBLISH, with the topic x and no properties.
  private static func publish(_ payload: [UInt8], qos: UInt8 = 0) -> [UInt8] {
    let body = [0, 1, UInt8(ascii: "x")] + (qos > 0 ? [0, 7] : []) + [0] + payload
    var (length, rest) = ([UInt8](), body.count)
    repeat {
      length.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return [0x30 | qos << 1] + length + body
  }

  private func givenUp(_ words: String, room: Int32? = nil, _ bad: Manners) throws {
    let (program, broker) = try listen(room: room, bad)
    #expect(program.says("given up on the broker: \(words)"), "\(program.lines)")
    #expect(program.exitStatus() == 0, "\(program.lines.suffix(3))")
    #expect(program.lines.compactMap(sequence(inLine:)) == [1])
    #expect(broker.journal.connections == 2)
    #expect(broker.journal.greetings.map(\.maximumPacketSize) == [6 << 20, 6 << 20])
  }

  @Test("A message that would need too much memory ends the connection, not the tool", arguments: [7, 10] as [Int])
  func largeMessage(_ mebibytes: Int) throws {
    var bad = Manners()
    bad.afterSubscription = Self.publish([UInt8](repeating: UInt8(ascii: "a"), count: mebibytes << 20))
    try givenUp("it sends more than 6 MiB at once", bad)
  }

  @Test("A message with QoS 2, which nobody has asked for, ends the connection")
  func exactlyOnce() throws {
    var bad = Manners()
    bad.afterSubscription = Self.publish(Array("{}".utf8), qos: 2)
    try givenUp("it sends messages with QoS 2", bad)
  }
}
