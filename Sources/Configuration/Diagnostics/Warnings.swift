import Telemetry

extension UplinkSettings {
  /// A reminder for the user at every start; nil: nobody can read the password in transit.
  package var passwordInClear: String? {
    guard tls == nil, let credentials, let broker = brokers.first(where: { !$0.isThisMachine }) else { return nil }
    let isToken = credentials.password == nil && Disclosure.mayBeSecret(credentials.username)
    guard credentials.password != nil || isToken else { return nil }
    return
      "uplink.broker: with mqtt:// the \(isToken ? "user name, which looks like a token," : "password") goes to "
      + "\(broker.name) unencrypted: everybody on the way can read it; write mqtts://, see docs/tls.md"
  }
}

extension BrokerAddress {
  /// Whether the address is on this machine, which data sent there does not leave.
  var isThisMachine: Bool {
    let host = self.host.lowercased()
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return ["localhost", "localhost.", "ip6-localhost", "::1"].contains(host)
      || (parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil })
  }
}

extension Settings {
  /// Settings that are allowed but have a cost that is easily overlooked. For a person, at every check.
  package var warnings: [String] {
    [uplink.tls?.warning, uplink.passwordInClear, qosWarning, gatherWarning].compactMap { $0 }
  }

  private var qosWarning: String? {
    guard uplink.qos == .atMostOnce else { return nil }
    return
      "uplink.qos: with QoS 0 the broker acknowledges nothing: readings count as delivered when they are sent, and a "
      + "lost connection takes some with it"
  }

  /// Gathered readings are not delivered yet, and the buffer keeps its promise to make them durable.
  package var gatherWarning: String? {
    guard uplink.gather >= buffer.durableAfter else { return memoryWarning }
    let limit = buffer.durableAfter.withUnit
    return
      "uplink.batch.gather: what waits longer than buffer.durable_after (\(limit)) is written to the disk, also while "
      + "the broker can be reached: a shorter gather, or a longer durable_after, spares the flash"
  }

  /// Gathered readings wait in memory, and those beyond its limit are written to the flash; nil: all of them fit.
  private var memoryWarning: String? {
    let limit = min(BufferSettings.memory, Int(clamping: buffer.size.bytes / 4))
    let gathered = sensors.reduce(0) { $0 + $1.recordSize * (uplink.gather / $1.every) }
    guard gathered > Double(limit) else { return nil }
    return
      "uplink.batch.gather: in this time the sensors take about \(Int(gathered) >> 10) KiB of readings, and \(limit >> 10) KiB "
      + "wait in memory: the rest is written to the disk, also while the broker can be reached: a shorter gather spares the flash"
  }
}

extension SensorSettings {
  /// The maximum bytes that one reading of this sensor takes in memory and in the buffer.
  fileprivate var recordSize: Double { Double(45 + id.utf8.count + 9 * chip.measures.count) }
}
