#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The decoded content of one message from the broker.
package struct Delivery: Sendable {
  package let topic: String
  package let payload: [UInt8]
  /// The broker had kept the message for later subscribers.
  package let isRetained: Bool
  /// Whether the payload is JSON, from a gateway or not.
  package let isJSON: Bool
  /// The reports in the message: several when the gateway sends batches.
  package private(set) var reports: [IncomingReport] = []
  package private(set) var states: [IncomingState] = []
  /// Descriptions of the parts of the payload that no gateway publishes.
  package private(set) var faults: [String] = []

  package init(topic: String, payload: [UInt8], isRetained: Bool) {
    self.topic = topic
    self.payload = payload
    self.isRetained = isRetained
    let decoded = Self.decoded(payload)
    isJSON = decoded != nil
    guard let decoded else {
      faults.append(payload.isEmpty ? "an empty payload" : "no JSON")
      return
    }
    if decoded.items.isEmpty { faults.append("an empty array") }
    for item in decoded.items { add(item) }
  }

  /// The decoded payload; nil when it is not JSON.
  private static func decoded(_ bytes: [UInt8]) -> Payload? {
    // Foundation would accept UTF-16 and UTF-32 too. JSON on a network is UTF-8 without a byte order mark (RFC 8259,
    // section 8.1), and has no zero byte.
    let isText = String(validating: bytes, as: UTF8.self) != nil && bytes.first != 0xEF && !bytes.contains(0)
    // ArgumentParser links Foundation into the tool already, so its decoder costs nothing. The daemon reads no JSON.
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
