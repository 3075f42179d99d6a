import Scheduling

/// Figures that only the uplink's thread knows.
package struct UplinkFigures: Hashable, Sendable {
  package let inFlight: Int
  /// The streams that have parcels held, because the broker does not take them.
  package let held: [String]
  /// How long the broker has answered nothing although something was in flight.
  package let lacksProgress: Duration
  /// The MQTT version in use; the next connection may ask for another.
  package let version: String

  package init(inFlight: Int, held: [String], lacksProgress: Duration = .zero, version: String) {
    self.inFlight = inFlight
    self.held = held
    self.lacksProgress = lacksProgress
    self.version = version
  }
}

extension Dispatcher {
  /// `answer` is called on the uplink's loop. It is not called before `start`, or after the uplink has finished.
  package func figures(_ answer: @escaping @Sendable (UplinkFigures) -> Void) {
    let (inFlight, held) = (courier.inFlight, courier.held.streams)
    let lack = courier.lacksProgress(at: loop.now)
    transport?.post { transport in
      answer(UplinkFigures(inFlight: inFlight, held: held, lacksProgress: lack, version: transport.version))
    }
  }
}
