import Scheduling

/// Figures that only the uplink's thread knows.
package struct UplinkFigures: Hashable, Sendable {
  package let inFlight: Int
  /// The streams that have parcels held, because the broker does not take them.
  package let held: [String]
  /// How long the broker has answered nothing although something was in flight.
  package let lacksProgress: Duration
  /// The protocol and its version in use; the next connection may ask for another version.
  package let protocolName: String

  package init(inFlight: Int, held: [String], lacksProgress: Duration = .zero, protocolName: String) {
    self.inFlight = inFlight
    self.held = held
    self.lacksProgress = lacksProgress
    self.protocolName = protocolName
  }
}

extension Dispatcher {
  /// `answer` is called on the uplink's loop. It is not called before `start`, or after the uplink has finished.
  package func figures(_ answer: @escaping @Sendable (UplinkFigures) -> Void) {
    let (inFlight, held) = (courier.inFlight, courier.held.streams)
    let lack = courier.lacksProgress(at: loop.now)
    transport?.post { transport in
      answer(UplinkFigures(inFlight: inFlight, held: held, lacksProgress: lack, protocolName: transport.protocolName))
    }
  }
}
