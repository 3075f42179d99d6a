import Configuration
import Linux
import Sampling
import Uplink

/// What the parts have to tell, in words.
extension Log {
  func write(_ change: Health.Change, sensor: String) {
    switch change {
    case .faultBegan(let error):
      warning("\(sensor): cannot be read: \(error)")
    case .faultEnded(let failures, let lasted):
      notice("\(sensor): can be read again; \(counted(failures, "attempt")) failed in \(brief(lasted))")
    }
  }

  func write(_ note: CourierNote, broker: BrokerAddress) {
    let name = "uplink: \(broker.host) port \(broker.port)"
    switch note {
    case .connected:
      notice("\(name): connected")
    case .couldNotConnect(let cause, let wait):
      // Without the wait, which differs each time, the log can count the repeats.
      warning("\(name): cannot connect: \(cause); readings are kept")
      debug("uplink: next attempt in \(brief(wait))")
    case .lostConnection(let cause, let inFlight, let wait):
      warning("\(name): connection lost: \(cause); \(counted(inFlight, "message")) will be sent again")
      debug("uplink: next attempt in \(brief(wait))")
    }
  }
}
