import Telemetry

/// What has been given to the broker on this connection and not yet been acknowledged.
struct DeliveryWindow: Sendable {
  private var sent: [UInt64: (shipment: Shipment, sending: UInt64)] = [:]
  /// In the order of sending; some of those behind the first may have been acknowledged.
  private var order: [(token: UInt64, sending: UInt64, at: Uptime)] = []
  private var begin = 0
  /// When the one that has waited longest became that.
  private var firstSince: Uptime?
  private var lastAnswer: Uptime?
  /// A token can be sent a second time: the first part of a batch that was refused has the token of the batch.
  private var sendings: UInt64 = 0
  let capacity: Int

  init(capacity: Int) { self.capacity = capacity }

  /// Messages.
  var count: Int { sent.count }
  var isEmpty: Bool { sent.isEmpty }
  var room: Int { max(0, capacity - sent.count) }

  /// The one that has waited longest.
  var first: Shipment? { begin < order.count ? sent[order[begin].token]?.shipment : nil }

  /// When the message that has waited longest was sent.
  var oldest: Uptime? { begin < order.count ? order[begin].at : nil }

  /// When the connection is dead if nothing is answered until then. A slow connection answers one after the other, so each
  /// answer moves the moment. But one message that others overtake is not waited for longer than four times `limit`: its
  /// answer may never come.
  func deadline(_ limit: Duration) -> Uptime? {
    guard let oldest else { return nil }
    let begin = max(firstSince ?? oldest, oldest)
    return min(max(lastAnswer ?? begin, begin) + limit, begin + limit * 4)
  }

  mutating func add(_ shipment: Shipment, at now: Uptime) {
    sendings += 1
    sent[shipment.token] = (shipment, sendings)
    order.append((shipment.token, sendings, now))
  }

  /// Nil when it was not on its way: a repeated or foreign acknowledgement.
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
