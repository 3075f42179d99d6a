import Uplink

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What one message from the broker says.
public struct Delivery: Sendable {
  public let message: Message
  /// Whether the payload is JSON, be it a gateway's or not.
  public let isJSON: Bool
  /// One, or several when the gateway sends them in batches.
  public private(set) var reports: [IncomingReport] = []
  public private(set) var states: [IncomingState] = []
  /// What in the payload is nothing that a gateway publishes, in words.
  public private(set) var faults: [String] = []

  public init(_ message: Message) {
    self.message = message
    do {
      // Foundation would also read UTF-16; JSON that travels is UTF-8 without a mark (RFC 8259, section 8.1).
      guard String(validating: message.payload, as: UTF8.self) != nil, message.payload.first != 0xEF else {
        throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "no UTF-8"))
      }
      // Foundation's decoder is in the tool already, by way of ArgumentParser; the daemon never reads JSON.
      let payload = try JSONDecoder().decode(Payload.self, from: Data(message.payload))
      isJSON = true
      if payload.items.isEmpty { faults.append("an empty array") }
      for item in payload.items { add(item) }
    } catch {
      isJSON = false
      faults.append(message.payload.isEmpty ? "an empty payload" : "no JSON")
    }
  }

  private mutating func add(_ item: PayloadItem) {
    switch item {
    case .report(let report): reports.append(report)
    case .state(let state): states.append(state)
    case .fault(let reason): faults.append(reason)
    }
  }
}
