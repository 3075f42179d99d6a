/// Permanent identity of one reading: assigned when the reading is taken, never changed. Consumers use it to drop
/// duplicates and to detect gaps.
package struct Identity: Hashable, Sendable {
  /// Maximum length of an id, in bytes.
  package static let longestSensor = 64

  /// The sensor's id in `devices.yaml`; for events of the gateway, `Event.stream`.
  package let sensor: String
  /// Increases at every start of the daemon.
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

/// The values that a sensor measured at one moment.
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

/// A change of state that matters upstream. Events are rare, and are kept and delivered like readings.
package struct Event: Hashable, Sendable {
  package enum Kind: UInt8, CaseIterable, Sendable {
    /// The daemon started.
    case started = 1
    /// A sensor can no longer be read.
    case sensorFault = 2
    /// A sensor that could not be read can be read again.
    case sensorRecovered = 3
    /// An alarm was raised; `alarm` says which.
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

  /// Name of the events' stream: events are numbered separately from the readings.
  package static let stream = "event"

  /// `identity.sensor` is `Event.stream`.
  package let identity: Identity
  package let time: Stamp
  package let kind: Kind
  /// The sensor concerned; nil: the gateway itself.
  package let sensor: String?
  /// One line of explanation for a person.
  package let detail: String
  /// The alarm of `alarmRaised` and `alarmCleared`; nil for all other kinds.
  package let alarm: Alarm?

  /// Makes an event that is not about an alarm.
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

/// One record of the spool.
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
