import Drivers

/// The checked content of `devices.yaml`. Defaults are the initial values here and nowhere else.
package struct Settings: Sendable {
  package var device: DeviceSettings
  package var uplink: UplinkSettings
  package var buffer = BufferSettings()
  package var log = LogSettings()
  package var sensors: [SensorSettings]
  /// Buses that have settings of their own.
  package var buses: [BusSettings] = []
  package var status = StatusSettings()

  package init(device: DeviceSettings, uplink: UplinkSettings, sensors: [SensorSettings]) {
    self.device = device
    self.uplink = uplink
    self.sensors = sensors
  }
}

package struct DeviceSettings: Hashable, Sendable {
  /// 1 … 64 letters, digits, `-`, `_`, `.`: the id is a level of topics and part of every identity.
  package var id: String

  package init(id: String) { self.id = id }
}

package struct UplinkSettings: Hashable, Sendable {
  package enum ProtocolVersion: String, CaseIterable, Sendable {
    case v5 = "5"
    case v311 = "3.1.1"
  }
  package enum QualityOfService: Int32, Sendable {
    case atMostOnce = 0
    case atLeastOnce = 1
    case exactlyOnce = 2
  }

  package enum Order: String, CaseIterable, Sendable {
    case oldestFirst = "oldest_first"
    case newestFirst = "newest_first"
  }

  /// At least one broker. The others are tried in turn when the first cannot be reached.
  package var brokers: [BrokerAddress]
  /// MQTT client id; by default the device's id.
  package var clientID: String
  package var version = ProtocolVersion.v5
  package var qos = QualityOfService.atLeastOnce
  package var credentials: Credentials?
  /// Present if and only if the broker's URL says `mqtts`.
  package var tls: TLSSettings?
  package var topics = TopicSettings()
  /// MQTT keep-alive interval: 5 s … 18 h.
  package var keepAlive = Duration.seconds(30)
  /// Readings in flight at a time: 1 … 1000.
  package var inFlight = 20
  /// Limit for name lookup, TCP, TLS and CONNACK together: 1 s … 5 min.
  package var connectTimeout = Duration.seconds(15)
  /// When a PUBACK takes longer, the connection counts as dead: 1 s … 5 min.
  package var acknowledgeTimeout = Duration.seconds(8)
  /// The longest wait between two attempts to connect: 1 s … 1 h.
  package var retryCeiling = Duration.seconds(4)
  /// How often the retained state, with the ledger of the buffer, is published again: 10 s … 24 h.
  package var stateEvery = Duration.seconds(3_600)
  /// Which readings are sent first when a backlog is waiting.
  package var order = Order.oldestFirst
  /// Maximum readings a second: 1 … 10,000; nil: as fast as the broker acknowledges.
  package var rate: Int?
  /// Maximum readings of one sensor in one message: 1 … 100.
  package var batch = 1
  /// How long a reading waits for others to share its message: up to 10 min.
  package var gather = Duration.zero
  /// Whether messages also carry identity and content type as properties beside the payload (MQTT 5).
  package var describes = false
  /// After this time the broker discards an undelivered message (MQTT 5): 1 s … 365 d; nil: never.
  package var messageExpiry: Duration?
  /// Remote commands; nil: none are accepted.
  package var commands: CommandSettings?

  package init(broker: BrokerAddress, clientID: String) {
    brokers = [broker]
    self.clientID = clientID
  }
}

/// `mqtt://host:port` or `mqtts://host:port`; the port defaults to 1883 and 8883.
package struct BrokerAddress: Hashable, Sendable {
  package var host: String
  package var port: UInt16

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// `host:port` as people write it; an IPv6 address is in brackets.
  package var name: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

package struct Credentials: Hashable, Sendable {
  package var username: String
  package var password: Secret?
  /// Path of the password file; nil unless the configuration says `{file: PATH}`.
  package var passwordFile: String?

  package init(username: String, password: Secret?) {
    self.username = username
    self.password = password
  }
}

/// A text that no message may show. It comes from a file or the environment, never from `devices.yaml` itself.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The secret text, for the one place that sends it.
  package let revealed: String

  package init(_ text: String) { revealed = text }

  package var description: String { "(secret)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Topic templates. `{prefix}`, `{device}` and, for readings, `{sensor}` are filled in.
package struct TopicSettings: Hashable, Sendable {
  package var prefix = "fieldpost"
  package var reading = "{prefix}/{device}/{sensor}"
  package var state = "{prefix}/{device}/state"
  package var event = "{prefix}/{device}/event"

  package init() {}
}

package struct BufferSettings: Hashable, Sendable {
  package enum WhenFull: String, CaseIterable, Sendable {
    case evictOldest = "evict_oldest"
    case refuseNewest = "refuse_newest"
  }

  package var directory = "/var/lib/fieldpost/spool"
  /// Maximum size of the buffer on disk: 1 MiB … 64 GiB.
  package var size = ByteCount(mebibytes: 64)
  /// A reading older than this survives a power cut: 1 s … 10 min.
  package var durableAfter = Duration.seconds(5)
  package var whenFull = WhenFull.evictOldest
  /// Older readings are dropped and reported as a gap, if their time can be trusted: 1 h … 3650 d; nil: never.
  package var maximumAge: Duration?
  /// Maximum bytes of readings that wait in memory without being on the disk.
  package static let memory = 1 << 20

  package init() {}
}

/// A number of bytes: `64MiB` in the file.
package struct ByteCount: Hashable, Comparable, Sendable {
  package var bytes: Int64

  package init(bytes: Int64) { self.bytes = bytes }
  package init(mebibytes: Int64) { bytes = mebibytes << 20 }

  package static func < (a: ByteCount, b: ByteCount) -> Bool { a.bytes < b.bytes }
}

/// Settings of an I²C bus that are not those of its sensors.
package struct BusSettings: Hashable, Sendable {
  /// Name of the bus: `i2c-1`.
  package var name: String
  /// The line that switches its sensors' power; nil: power cannot be switched.
  package var power: PowerLine?
}

/// A GPIO line that switches the sensors' power.
package struct PowerLine: Hashable, Sendable {
  package var selector: LineSelector
  /// True: a low level switches the power on.
  package var activeLow: Bool
}

package struct SensorSettings: Hashable, Sendable {
  /// 1 … 64 letters, digits, `-`, `_`, `.`; unique; not `event`, and no id whose topic is one of the gateway's own.
  package var id: String
  package var chip: Chip
  package var connection: Connection
  package var options: DriverOptions
  /// Sampling interval: from the chip's own minimum to 24 h.
  package var every = usualInterval
  /// GPIO line whose edges trigger a sample at once; nil: none. For I²C chips only.
  package var alert: LineRequest?
  package var meaning = ValueSettings()

  /// The intervals that a remote command may set: at least the chip's minimum, and no longer than the sensor's alarms
  /// allow. The configured interval is always included.
  package var possibleIntervals: ClosedRange<Duration> {
    let possible = Self.intervals(of: chip)
    let longest = meaning.longestInterval.map { max($0, every) } ?? possible.upperBound
    return possible.lowerBound...min(longest, possible.upperBound)
  }

  static func intervals(of chip: Chip) -> ClosedRange<Duration> {
    chip.minimumInterval...(.seconds(86_400))
  }

  /// Interval of a sensor when neither it nor `defaults` says one.
  package static let usualInterval = Duration.seconds(10)

  /// How the sensor is connected.
  package enum Connection: Hashable, Sendable {
    case i2c(bus: BusPath, address: I2CAddress)
    case sysfs
    case gpio
  }

  package init(id: String, chip: Chip, connection: Connection, options: DriverOptions = DriverOptions()) {
    self.id = id
    self.chip = chip
    self.connection = connection
    self.options = options
  }
}
