import Messages

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What one message from the broker says.
package struct Delivery: Sendable {
  package let message: Message
  /// Whether the payload is JSON, be it a gateway's or not.
  package let isJSON: Bool
  /// One, or several when the gateway sends them in batches.
  package private(set) var reports: [IncomingReport] = []
  package private(set) var states: [IncomingState] = []
  /// What in the payload is nothing that a gateway publishes, in words.
  package private(set) var faults: [String] = []

  package init(_ message: Message) {
    self.message = message
    let payload = Self.decoded(message.payload)
    isJSON = payload != nil
    guard let payload else {
      faults.append(message.payload.isEmpty ? "an empty payload" : "no JSON")
      return
    }
    if payload.items.isEmpty { faults.append("an empty array") }
    for item in payload.items { add(item) }
  }

  /// Nil when it is no JSON.
  private static func decoded(_ bytes: [UInt8]) -> Payload? {
    // Foundation would read UTF-16 and UTF-32 too; JSON that travels is UTF-8, without a byte order mark (RFC 8259,
    // section 8.1), and has no zero byte.
    let isText = String(validating: bytes, as: UTF8.self) != nil && bytes.first != 0xEF && !bytes.contains(0)
    // Foundation's decoder is in the tool already, by way of ArgumentParser; the daemon reads no JSON.
    return isText ? try? JSONDecoder().decode(Payload.self, from: Data(bytes)) : nil
  }

  private mutating func add(_ item: PayloadItem) {
    switch item {
    case .report(let report): reports.append(report)
    case .state(let state): states.append(state)
    case .fault(let reason): faults.append(reason)
    }
  }
}
