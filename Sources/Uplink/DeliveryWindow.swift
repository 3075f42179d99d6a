import Telemetry

/// What has been given to the broker on this connection and not yet been acknowledged.
struct DeliveryWindow: Sendable {
  private var sent: [UInt64: (shipment: Shipment, at: Uptime)] = [:]
  let capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  /// Messages.
  var count: Int { sent.count }
  var parcels: Int { sent.values.reduce(0) { $0 + $1.shipment.parcels.count } }
  var isEmpty: Bool { sent.isEmpty }
  var room: Int { max(0, capacity - sent.count) }

  /// When the message that has waited longest was sent.
  var oldest: Uptime? { sent.values.lazy.map(\.at).min() }

  mutating func add(_ shipment: Shipment, at now: Uptime) { sent[shipment.token] = (shipment, now) }

  /// Nil when it was not on its way: a repeated or foreign acknowledgement.
  mutating func remove(_ token: UInt64) -> Shipment? { sent.removeValue(forKey: token)?.shipment }
}
