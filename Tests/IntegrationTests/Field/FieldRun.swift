import Foundation
import Testing

/// A report's daemon with a broker and a subscriber, and whether its claims have come true.
final class FieldRun {
  /// How many readings another sensor has given when a sensor without any counts as silent.
  private static let enough = 3
  private static let limit = Duration.seconds(600)

  private let subscriber: Subscriber
  private let daemon: Program
  private let claims: [FieldClaim]
  /// By sensor: a reading of it that none of them allows is wrong.
  private let allowed: [String: [FieldClaim.Value]]

  init(_ folder: FieldFolder, _ claims: [FieldClaim], broker: Broker, environment: [String: String]) throws {
    self.claims = claims
    subscriber = try Subscriber(port: broker.port)
    daemon = try Program(
      programs + "/fieldpostd", try folder.boardOptions() + ["\(folder.path)/devices.yaml"], environment: environment)
    let pairs = claims.compactMap { claim -> (String, [FieldClaim.Value])? in
      if case .reading(let sensor, let value) = claim { (sensor, [value]) } else { nil }
    }
    allowed = Dictionary(pairs, uniquingKeysWith: +)
  }

  /// Waits until every claim has come true, or one of them no longer can.
  func verify() {
    _ = eventually(within: Self.limit) {
      (claims.allSatisfy(isTrue) && stray == nil) || stray != nil || isRefuted || !daemon.isRunning
    }
    for claim in claims where !isTrue(claim) { Issue.record("\(claim): \(seen)") }
    if let stray { Issue.record("no claim allows this reading: \(stray)") }
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0, "\(daemon.lines)")
  }

  private func isTrue(_ claim: FieldClaim) -> Bool {
    switch claim {
    case .check, .checkSays, .age: true
    case .reading(let sensor, let value): subscriber.readings(of: sensor).contains { value.isIn($0) }
    case .noReading(let sensor): subscriber.readings(of: sensor).isEmpty && isSilent(sensor)
    case .fault(let sensor, let text): events("sensor_fault", sensor).contains { $0.contains(text) }
    case .event(let name, let sensor): !events(name, sensor).isEmpty
    case .log(let text): daemon.lines.contains { $0.contains(text) }
    }
  }

  /// A sensor that was to be silent has spoken.
  private var isRefuted: Bool {
    claims.contains { claim in
      if case .noReading(let sensor) = claim { !subscriber.readings(of: sensor).isEmpty } else { false }
    }
  }

  /// Its fault has been told, or another sensor has had so many turns that this one must have had one too.
  private func isSilent(_ sensor: String) -> Bool {
    if !events("sensor_fault", sensor).isEmpty { return true }
    let others = Dictionary(grouping: subscriber.readings.filter { $0.sensor != sensor }, by: \.sensor)
    return others.values.contains { $0.count >= Self.enough }
  }

  /// A reading of a sensor with claims that fits none of them.
  private var stray: String? {
    let wrong = subscriber.readings.first { reading in
      let values = allowed[reading.sensor] ?? []
      return Set(values.map(\.quantity)).contains { quantity in
        !values.contains { $0.quantity == quantity && $0.isIn(reading) }
      }
    }
    return wrong.map { "\($0.sensor) \($0.json["quantities"] ?? "") \($0.json["quality"] ?? "")" }
  }

  /// The details of such events.
  private func events(_ name: String, _ concerned: String) -> [String] {
    subscriber.messages.compactMap { message in
      guard message.json["event"] as? String == name, message.json["concerns"] as? String == concerned else {
        return nil
      }
      return message.json["detail"] as? String ?? ""
    }
  }

  private var seen: String {
    let messages = subscriber.messages.map { "\($0.topic) \($0.json)" }
    return "\(messages.suffix(20).joined(separator: "\n")); the log: \(daemon.lines.joined(separator: "\n"))"
  }
}

extension FieldClaim.Value {
  fileprivate func isIn(_ reading: Received) -> Bool {
    reading.value(quantity) == number && reading.json["quality"] as? String == quality
  }
}
