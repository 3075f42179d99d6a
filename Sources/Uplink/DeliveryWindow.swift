import Telemetry

/// What has been given to the broker on this connection and not yet been acknowledged.
struct DeliveryWindow: Sendable {
  private var sent: [UInt64: Uptime] = [:]
  private(set) var capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  var count: Int { sent.count }
  var isEmpty: Bool { sent.isEmpty }
  var room: Int { max(0, capacity - sent.count) }

  /// When the record that has waited longest was sent.
  var oldest: Uptime? { sent.values.min() }

  mutating func add(_ number: UInt64, at now: Uptime) { sent[number] = now }

  /// False when it was not on its way: a repeated or foreign acknowledgement.
  mutating func remove(_ number: UInt64) -> Bool { sent.removeValue(forKey: number) != nil }
}
