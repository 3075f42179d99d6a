import Telemetry

/// The destination of a message. A transport has an address book, which gives the place in its protocol.
package enum Address: Hashable, Sendable {
  case readings(sensor: String)
  /// Events, and reports of losses.
  case events
  /// The state of the gateway. The broker keeps the last one, if it can, for whoever asks later.
  case state
  /// The answer to a command, at the address that the command names; nil: the usual place.
  case answer(to: String?)
}

extension Report {
  package var address: Address {
    if case .reading(let reading) = self { .readings(sensor: reading.identity.sensor) } else { .events }
  }
}

/// A transport's address book.
package protocol AddressBook: Sendable {
  /// The place in the protocol's words, such as an MQTT topic.
  func place(of address: Address) -> String
}
