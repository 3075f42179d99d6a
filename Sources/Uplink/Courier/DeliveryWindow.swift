import Telemetry

/// The messages sent to the broker on this connection and not yet acknowledged.
struct DeliveryWindow: Sendable {
  private var sent: [UInt64: (shipment: Shipment, sending: UInt64)] = [:]
  /// Messages in the order of sending; some behind the first may have been acknowledged.
  private var order: [(token: UInt64, sending: UInt64, at: Uptime)] = []
  private var begin = 0
  /// When the current first message became the first.
  private var firstSince: Uptime?
  private var lastAnswer: Uptime?
  /// A token can be sent a second time: the first part of a batch that was refused has the token of the batch.
  private var sendings: UInt64 = 0
  let capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  /// Number of messages in flight.
  var count: Int { sent.count }
  var isEmpty: Bool { sent.isEmpty }
  var room: Int { max(0, capacity - sent.count) }

  /// The message that has waited longest.
  var first: Shipment? { begin < order.count ? sent[order[begin].token]?.shipment : nil }

  /// When the message that has waited longest was sent.
  var oldest: Uptime? { begin < order.count ? order[begin].at : nil }

  /// When the connection counts as dead if nothing is answered before then. A slow connection answers one message after
  /// the other, so each answer moves the deadline. But a message overtaken by others is waited for no longer than four
  /// times `limit`: its answer may never come.
  func deadline(_ limit: Duration) -> Uptime? {
    guard let oldest else { return nil }
    let begin = max(firstSince ?? oldest, oldest)
    return min(max(lastAnswer ?? begin, begin) + limit, begin + limit * 4)
  }

  /// The messages in flight count as sent now.
  mutating func restart(at now: Uptime) { (firstSince, lastAnswer) = (now, now) }

  mutating func add(_ shipment: Shipment, at now: Uptime) {
    sendings += 1
    sent[shipment.token] = (shipment, sendings)
    order.append((shipment.token, sendings, now))
  }

  /// Nil if the message was not in flight: a repeated or foreign acknowledgement.
  mutating func remove(_ token: UInt64, at now: Uptime) -> Shipment? {
    let shipment = sent.removeValue(forKey: token)?.shipment
    if shipment != nil { lastAnswer = now }
    while begin < order.count, sent[order[begin].token]?.sending != order[begin].sending {
      begin += 1
      firstSince = now
    }
    if begin > 64, begin * 2 > order.count {
      order.removeFirst(begin)
      begin = 0
    }
    return shipment
  }
}
