import Scheduling

/// What only the uplink's thread knows of itself.
package struct UplinkFigures: Hashable, Sendable {
  package let inFlight: Int
  /// The streams of which something is kept back, because the broker does not take it.
  package let held: [String]
  /// For so long the broker has answered to nothing although something was on its way.
  package let lacksProgress: Duration
  /// Of MQTT; the next connection may ask for another.
  package let version: String

  package init(inFlight: Int, held: [String], lacksProgress: Duration = .zero, version: String) {
    self.inFlight = inFlight
    self.held = held
    self.lacksProgress = lacksProgress
    self.version = version
  }
}

extension Dispatcher {
  /// `answer` is called on the uplink's loop; not before `start`.
  package func figures(_ answer: @escaping @Sendable (UplinkFigures) -> Void) {
    let (inFlight, held) = (courier.inFlight, courier.held.streams)
    let lack = courier.lacksProgress(at: loop.now)
    transport?.post { transport in
      answer(UplinkFigures(inFlight: inFlight, held: held, lacksProgress: lack, version: transport.version))
    }
  }
}
