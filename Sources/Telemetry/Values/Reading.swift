/// Names one reading for ever: it is given when the reading is taken and never changes. A consumer drops repeats by
/// it and sees gaps by it.
package struct Identity: Hashable, Sendable {
  /// What an id may have at most, in bytes.
  package static let longestSensor = 64

  /// The sensor's id in `devices.yaml`; events of the gateway itself use the gateway's stream name.
  package let sensor: String
  /// Grows at every start of the daemon.
  package let epoch: UInt32
  /// Contiguous per sensor within an epoch, from 1.
  package let sequence: UInt64

  package init(sensor: String, epoch: UInt32, sequence: UInt64) {
    self.sensor = sensor
    self.epoch = epoch
    self.sequence = sequence
  }
}

/// How far a value can be trusted.
package enum Quality: UInt8, Sendable {
  case good = 1
  /// The value is plausible but could be an artefact of the chip (85 °C twice from a DS18B20, for example).
  case suspect = 2

  package var name: String {
    switch self {
    case .good: "good"
    case .suspect: "suspect"
    }
  }
}

/// What a sensor said at one moment.
package struct Reading: Hashable, Sendable {
  package let identity: Identity
  package let time: Stamp
  package let quantities: [Quantity]
  package let quality: Quality

  package init(identity: Identity, time: Stamp, quantities: [Quantity], quality: Quality) {
    self.identity = identity
    self.time = time
    self.quantities = quantities
    self.quality = quality
  }
}

/// A change of state that the people upstream want to know of. Rare; kept and delivered like a reading.
package struct Event: Hashable, Sendable {
  package enum Kind: UInt8, CaseIterable, Sendable {
    /// The daemon started.
    case started = 1
    /// A sensor can no longer be read.
    case sensorFault = 2
    /// A sensor that could not be read is back.
    case sensorRecovered = 3
    /// `alarm` says which.
    case alarmRaised = 4
    case alarmCleared = 5
    /// Every transfer on a bus hangs.
    case busFault = 8
    case busRecovered = 9

    package var name: String {
      switch self {
      case .started: "started"
      case .sensorFault: "sensor_fault"
      case .sensorRecovered: "sensor_recovered"
      case .alarmRaised: "alarm_raised"
      case .alarmCleared: "alarm_cleared"
      case .busFault: "bus_fault"
      case .busRecovered: "bus_recovered"
      }
    }
  }

  /// The stream that numbers this event: events count for themselves, apart from the readings.
  package static let stream = "event"

  /// `identity.sensor` is `Event.stream`.
  package let identity: Identity
  package let time: Stamp
  package let kind: Kind
  /// The sensor concerned; nil when it is the gateway itself.
  package let sensor: String?
  /// One line for a person.
  package let detail: String
  /// Of `alarmRaised` and `alarmCleared`; nil for all others.
  package let alarm: Alarm?

  /// An event that is about no alarm.
  package init(identity: Identity, time: Stamp, kind: Kind, sensor: String?, detail: String) {
    self.identity = identity
    self.time = time
    self.kind = kind
    self.sensor = sensor
    self.detail = detail
    alarm = nil
  }

  package init(identity: Identity, time: Stamp, raised isRaised: Bool, _ alarm: Alarm, detail: String) {
    self.identity = identity
    self.time = time
    kind = isRaised ? .alarmRaised : .alarmCleared
    sensor = alarm.name.sensor
    self.detail = detail
    self.alarm = alarm
  }
}

/// What travels through the spool.
package enum Report: Hashable, Sendable {
  case reading(Reading)
  case event(Event)
  case gap(Gap)

  package var identity: Identity {
    switch self {
    case .reading(let reading): reading.identity
    case .event(let event): event.identity
    case .gap(let gap): gap.identity
    }
  }

  package var time: Stamp {
    switch self {
    case .reading(let reading): reading.time
    case .event(let event): event.time
    case .gap(let gap): gap.time
    }
  }
}
