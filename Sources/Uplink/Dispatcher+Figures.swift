import Scheduling

/// What only the uplink's thread knows of itself.
public struct UplinkFigures: Hashable, Sendable {
  public let inFlight: Int
  /// The streams of which something is kept back, because the broker does not take it.
  public let held: [String]
  /// Of MQTT; the next connection may ask for another.
  public let version: String

  public init(inFlight: Int, held: [String], version: String) {
    self.inFlight = inFlight
    self.held = held
    self.version = version
  }
}

extension Dispatcher {
  /// `answer` is called on the uplink's loop; not before `start`.
  public func figures(_ answer: @escaping @Sendable (UplinkFigures) -> Void) {
    let (inFlight, held) = (courier.inFlight, courier.held.streams)
    transport?.post { answer(UplinkFigures(inFlight: inFlight, held: held, version: $0.version)) }
  }
}
