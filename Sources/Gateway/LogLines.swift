import Configuration
import Drivers
import Linux
import Sampling
import Spool
import Telemetry
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

  func write(_ change: AlarmBook.Change, detail: String) {
    let sensor = change.alarm.name.sensor
    if change.isRaised { warning("\(sensor): alarm: \(detail)") } else { notice("\(sensor): alarm over: \(detail)") }
  }

  func write(_ change: BusHealth.Change, bus: String) {
    switch change {
    case .stuck(let failures, let sensors):
      error(
        "\(bus): stuck: \(counted(failures, "transfer")) in a row to \(counted(sensors, "sensor")) did not end; "
          + "something holds a line low: see the wiring, or switch the sensors off and on")
    case .freed(let duration):
      notice("\(bus): answers again after \(brief(duration))")
    }
  }

  func writePowerCycle(of bus: String, _ failure: BusError?) {
    if let failure {
      error("\(bus): its sensors' power could not be switched: \(failure)")
    } else {
      notice("\(bus): its sensors were switched off and on")
    }
  }

  func write(_ note: CourierNote, brokers: [BrokerAddress]) {
    func name(_ broker: Int) -> String { "uplink: \(brokers[broker % brokers.count].name)" }
    switch note {
    case .connected(let broker):
      notice("\(name(broker)): connected")
    case .couldNotConnect(let cause, let broker, let wait):
      // Without the wait, which differs each time, the log can count the repeats.
      warning("\(name(broker)): cannot connect: \(cause); readings are kept")
      debug("uplink: next attempt in \(brief(wait))")
    case .lostConnection(let cause, let broker, let inFlight, let wait):
      warning("\(name(broker)): connection lost: \(cause); \(counted(inFlight, "message")) will be sent again")
      debug("uplink: next attempt in \(brief(wait))")
    case .postponed(let refused, let wait):
      warning("uplink: \(refused); everything waits a little, readings are kept")
      debug("uplink: next attempt in \(brief(wait))")
    case .denied(let refused, let wait):
      error(
        "uplink: \(refused); its messages are kept and tried again now and then: see the broker's rules"
      )
      debug("uplink: next attempt in \(brief(wait))")
    case .stateRefused(let refused):
      warning("uplink: \(refused); it is published again later")
    case .suspicious:
      warning("uplink: three connections broke off at the same message: now one at a time, to find the cause")
    case .breaksOff(let stream, let wait):
      error("uplink: the connection breaks off at a message of \(stream): it is kept and tried again later")
      debug("uplink: next attempt in \(brief(wait))")
    case .greetingBreaksOff(let wait):
      error("uplink: the connection breaks off at our state or subscriptions: done without for \(brief(wait))")
    case .rejected(let refused):
      error("uplink: \(refused); it never will: set aside in \(SetAside.fileName), and reported as a gap")
    }
  }

  func write(_ news: SpoolNotice) {
    switch news {
    case .opened(let epoch, let recovered, let segments):
      info("spool: \(counted(recovered, "reading")) waiting in \(counted(segments, "segment")), epoch \(epoch)")
    case .recordsLost(let records, let first, let slots):
      error(
        "spool: \(counted(records, "reading")) lost, from number \(first) on: "
          + "\(counted(slots.count, "bad block")) (slot \(slots.map(String.init).joined(separator: ", ")))")
    case .unreadable(let slot, let failure):
      warning("spool: slot \(slot) cannot be read, trying again: \(failure)")
    case .expired(let records):
      warning("spool: \(counted(records, "reading")) given up: older than max_age")
    case .evicted(let records):
      error("spool: full: the \(counted(records, "oldest reading")) had to go")
    case .degradedBegan(let failure):
      error("spool: the disk cannot be written: \(failure); readings are kept in memory only")
    case .stillDegraded(let failure):
      error("spool: the disk still cannot be written: \(failure)")
    case .movedIntoAppeared(let records):
      notice("spool: the buffer's disk is there now; \(counted(records, "reading")) moved from memory to it")
    case .leftInRAM(let records):
      error("spool: \(counted(records, "reading")) lost: the disk could not be written before the end")
    case .evictingFromRAM:
      error("spool: memory is full and the disk cannot be written: the oldest readings have to go")
    case .degradedEnded(let evicted):
      notice("spool: the disk can be written again; \(counted(evicted, "reading")) had to go meanwhile")
    case .refusalBegan(let waiting):
      error("spool: full: new readings are refused while \(counted(waiting, "reading")) wait")
    case .refusalEnded(let refused):
      notice("spool: there is room again; \(counted(refused, "reading")) were refused meanwhile")
    case .tooLong(let bytes, let limit):
      error("spool: a record of \(bytes) bytes was refused: the limit is \(limit)")
    }
  }
}
