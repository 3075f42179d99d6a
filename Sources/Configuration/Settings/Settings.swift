import Drivers

/// Everything that `devices.yaml` says, checked. The defaults are the initial values here and nowhere else.
public struct Settings: Sendable {
  public var device: DeviceSettings
  public var uplink: UplinkSettings
  public var buffer = BufferSettings()
  public var log = LogSettings()
  public var sensors: [SensorSettings]
  /// What there is to say of buses beyond their sensors.
  public var buses: [BusSettings] = []
  public var status = StatusSettings()

  public init(device: DeviceSettings, uplink: UplinkSettings, sensors: [SensorSettings]) {
    self.device = device
    self.uplink = uplink
    self.sensors = sensors
  }
}

public struct DeviceSettings: Hashable, Sendable {
  /// 1 … 64 of letters, digits, `-`, `_`, `.`: it is a level of every topic and part of every identity.
  public var id: String

  public init(id: String) { self.id = id }
}

public struct UplinkSettings: Hashable, Sendable {
  public enum ProtocolVersion: Sendable { case v5, v311 }
  public enum QualityOfService: Int32, Sendable {
    case atMostOnce = 0
    case atLeastOnce = 1
    case exactlyOnce = 2
  }

  public enum Order: Sendable { case oldestFirst, newestFirst }

  /// At least one; the others are tried in turn when the first cannot be reached.
  public var brokers: [BrokerAddress]
  /// MQTT client id; the device's id when the file says nothing.
  public var clientID: String
  public var version = ProtocolVersion.v5
  public var qos = QualityOfService.atLeastOnce
  public var credentials: Credentials?
  /// Present exactly when the broker's URL says `mqtts`.
  public var tls: TLSSettings?
  public var topics = TopicSettings()
  /// 5 s … 18 h.
  public var keepAlive = Duration.seconds(30)
  /// Readings on their way at one time: 1 … 1000.
  public var inFlight = 20
  /// For name lookup, TCP, TLS and CONNACK together: 1 s … 5 min.
  public var connectTimeout = Duration.seconds(15)
  /// A PUBACK that takes longer means that the connection is dead: 1 s … 5 min.
  public var acknowledgeTimeout = Duration.seconds(8)
  /// The longest wait between two attempts to connect: 1 s … 1 h.
  public var retryCeiling = Duration.seconds(4)
  /// How often the retained state, with the ledger of the buffer, is published anew: 10 s … 24 h.
  public var stateEvery = Duration.seconds(3_600)
  /// Which readings go first when many wait.
  public var order = Order.oldestFirst
  /// Readings a second at most: 1 … 10,000; nil: as fast as the broker acknowledges.
  public var rate: Int?
  /// Readings of one sensor in one message, at most: 1 … 100.
  public var batch = 1
  /// How long a reading waits for others to go with it: up to 10 min.
  public var gather = Duration.zero
  /// Whether identity and content type stand beside the payload too (MQTT 5).
  public var describes = false
  /// After this the broker gives an undelivered message up (MQTT 5): 1 s … 365 d; nil: never.
  public var messageExpiry: Duration?
  /// Nil: none are taken.
  public var commands: CommandSettings?

  public init(broker: BrokerAddress, clientID: String) {
    brokers = [broker]
    self.clientID = clientID
  }
}

/// `mqtt://host:port` or `mqtts://host:port`; the port defaults to 1883 and 8883.
public struct BrokerAddress: Hashable, Sendable {
  public var host: String
  public var port: UInt16

  public init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// As people write it.
  public var name: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

public struct Credentials: Hashable, Sendable {
  public var username: String
  public var password: Secret?
  /// Where the password was read from, if that was a file with a name of its own.
  public var passwordFile: String?

  public init(username: String, password: Secret?) {
    self.username = username
    self.password = password
  }
}

/// A text that no message may show. It comes from a file or the environment, never from `devices.yaml` itself.
public struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The text itself, for the one place that sends it.
  public let revealed: String

  public init(_ text: String) { revealed = text }

  public var description: String { "(secret)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Topic templates. `{prefix}`, `{device}` and, for readings, `{sensor}` are filled in.
public struct TopicSettings: Hashable, Sendable {
  public var prefix = "fieldpost"
  public var reading = "{prefix}/{device}/{sensor}"
  public var state = "{prefix}/{device}/state"
  public var event = "{prefix}/{device}/event"

  public init() {}
}

public struct BufferSettings: Hashable, Sendable {
  public enum WhenFull: Sendable { case evictOldest, refuseNewest }

  public var directory = "/var/lib/fieldpost/spool"
  /// What the buffer may take on disk: 1 MiB … 64 GiB.
  public var size = ByteCount(mebibytes: 64)
  /// A reading older than this survives a power cut: 1 s … 10 min.
  public var durableAfter = Duration.seconds(5)
  public var whenFull = WhenFull.evictOldest
  /// Readings older than this are given up and reported, if their time can be trusted: 1 h … 3650 d; nil: never.
  public var maximumAge: Duration?
  /// Bytes of readings that wait in memory at most, where they are not on the disk.
  public static let memory = 1 << 20

  public init() {}
}

/// A number of bytes: `64MiB` in the file.
public struct ByteCount: Hashable, Comparable, Sendable {
  public var bytes: Int64

  public init(bytes: Int64) { self.bytes = bytes }
  public init(mebibytes: Int64) { bytes = mebibytes << 20 }

  public static func < (a: ByteCount, b: ByteCount) -> Bool { a.bytes < b.bytes }
}

/// What there is to say of an I²C bus beyond its sensors.
public struct BusSettings: Hashable, Sendable {
  /// `i2c-1`.
  public var name: String
  /// What gives its sensors their power, if that can be switched.
  public var power: PowerLine?
}

/// A line that switches the sensors' power.
public struct PowerLine: Hashable, Sendable {
  public var selector: LineSelector
  /// A low level switches them on.
  public var activeLow: Bool
}

public struct SensorSettings: Hashable, Sendable {
  /// 1 … 64 of letters, digits, `-`, `_`, `.`; unique; not `state` or `event`, which are topics of the gateway.
  public var id: String
  public var chip: Chip
  public var connection: Connection
  public var options: DriverOptions
  /// From the chip's own minimum to 24 h.
  public var every = usualInterval
  /// A GPIO line whose edges are worth a sample at once; nil: none. Of I²C chips only.
  public var alert: LineRequest?
  public var meaning = MeaningSettings()

  /// As `every`, and no longer than its alarms allow; a remote command may ask for no other.
  public var possibleIntervals: ClosedRange<Duration> {
    let possible = Self.intervals(of: chip)
    let longest = meaning.longestInterval.map { max($0, every) } ?? possible.upperBound
    return possible.lowerBound...min(longest, possible.upperBound)
  }

  static func intervals(of chip: Chip) -> ClosedRange<Duration> {
    chip.minimumInterval...(.seconds(86_400))
  }

  /// When neither the sensor nor `defaults` says how often.
  public static let usualInterval = Duration.seconds(10)

  /// Where the sensor hangs.
  public enum Connection: Hashable, Sendable {
    case i2c(bus: BusPath, address: I2CAddress)
    case sysfs
    case gpio
  }

  public init(id: String, chip: Chip, connection: Connection, options: DriverOptions = DriverOptions()) {
    self.id = id
    self.chip = chip
    self.connection = connection
    self.options = options
  }
}
