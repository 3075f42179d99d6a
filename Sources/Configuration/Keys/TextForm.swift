import Drivers
import Telemetry

/// The rules for texts in `devices.yaml`.
package enum TextForm: Hashable, Sendable {
  case any
  /// A text that the readers check by a rule of their own. The example shows its form.
  case like(String)
  /// An id of a sensor, or the name of a group of gateways.
  case name
  /// The name of a driver, or a part number.
  case driver
  case directory, logFile, metricsFile, socket
  /// The path of a file, which may begin at the configuration's folder.
  case file
  /// The name of a credential, and that of an environment variable.
  case credential, variable
  case brokerURL
  /// A bus, and a bus or a channel of a multiplexer on it.
  case adapter, bus
  /// The name of a protocol in a TLS handshake.
  case alpn
  /// Texts that may hold names of the board and, but for the device's id, `{device}`.
  case deviceID, clientID, username, pskIdentity
  /// A topic, with the placeholders that it may hold and those that it must.
  case topic([String], required: [String])
  /// A topic filter, with the placeholders that it may hold.
  case filter([String])

  /// The longest path of a Unix socket: the limit of `sockaddr_un`, less room for a suffix.
  package static let longestSocket = 103
  package static let longestClientID = 64
  package static let longestUsername = 256
  package static let longestIdentity = 128
  /// libmosquitto cuts the protocol's name there.
  package static let longestALPN = 254

  /// The rule in words, for a message; nil: there is none, or it is checked by code of its own.
  package var rule: String? {
    switch self {
    case .name, .deviceID: Name.rule
    case .directory: "an absolute path"
    case .logFile: "an absolute path, such as /var/log/fieldpost/fieldpost.log"
    case .metricsFile: "an absolute path that ends in .prom"
    case .socket: "an absolute path of at most \(Self.longestSocket) bytes"
    case .adapter: "a bus such as i2c-1"
    case .bus: "a bus such as i2c-1, or a channel of a multiplexer such as i2c-1/mux@0x70/3"
    case .alpn: "1 to \(Self.longestALPN) bytes"
    case .clientID: "1 to \(Self.longestClientID) characters"
    case .username: "1 to \(Self.longestUsername) characters"
    case .pskIdentity: "1 to \(Self.longestIdentity) bytes"
    case .any, .like, .driver, .file, .credential, .variable, .brokerURL, .topic, .filter: nil
    }
  }

  /// The names that may stand in braces in the text.
  package var placeholders: [String] {
    switch self {
    case .deviceID: BoardNames.all
    case .clientID, .username, .pskIdentity: ["device"] + BoardNames.all
    case .topic(let names, _), .filter(let names): names
    default: []
    }
  }

  /// Whether a text follows the rule, once its placeholders are filled in.
  package func isRight(_ text: String) -> Bool {
    switch self {
    case .name, .deviceID: Name.isRight(text)
    case .directory: text.hasPrefix("/")
    case .logFile: text.hasPrefix("/") && !text.hasSuffix("/") && !text.utf8.contains(0)
    case .metricsFile: text.hasPrefix("/") && text.hasSuffix(".prom")
    case .socket: text.hasPrefix("/") && !text.hasSuffix("/") && text.utf8.count <= Self.longestSocket
    case .adapter: BusPath(parsing: text).map { $0.channel == nil } ?? false
    case .bus: BusPath(parsing: text) != nil
    case .alpn: 1...Self.longestALPN ~= text.utf8.count
    case .clientID: 1...Self.longestClientID ~= text.count
    case .username: 1...Self.longestUsername ~= text.count
    case .pskIdentity: 1...Self.longestIdentity ~= text.utf8.count
    case .any, .like, .driver, .file, .credential, .variable, .brokerURL, .topic, .filter: true
    }
  }
}
