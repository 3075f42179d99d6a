extension Settings {
  /// What is permitted and has a price that is easily overlooked. For a person, at every check.
  public var warnings: [String] { [uplink.tls?.warning, qosWarning, gatherWarning].compactMap { $0 } }

  private var qosWarning: String? {
    guard uplink.qos == .atMostOnce else { return nil }
    return
      "uplink.qos: with QoS 0 the broker acknowledges nothing: readings count as delivered when they are sent, and a "
      + "lost connection takes some with it"
  }

  /// What is gathered is not delivered, and the buffer keeps its promise.
  public var gatherWarning: String? {
    guard uplink.gather >= buffer.durableAfter else { return nil }
    let limit = UnitNotation.duration.text(buffer.durableAfter.milliseconds)
    return
      "uplink.batch.gather: what waits longer than buffer.durable_after (\(limit)) is written to the disk, also while "
      + "the broker can be reached: a shorter gather, or a longer durable_after, spares the flash"
  }
}
