import ArgumentParser
import Configuration
import Gateway
import Linux
import MQTT
import Telemetry

/// Options for the broker and the identity to connect with.
struct ListenPlace: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Takes the broker, with user name, password and TLS, from this devices.yaml.", valueName: "file"),
    completion: yamlFile)
  var config: String?
  @Option(help: ArgumentHelp("mqtt[s]://HOST[:PORT]. (default: mqtt://127.0.0.1)", valueName: "url"))
  var broker: String?
  @Option(help: ArgumentHelp("The MQTT client id. (default: one that nobody else has)", valueName: "id"))
  var clientID: String?
  @Option(help: ArgumentHelp("The user name.", valueName: "name"))
  var username: String?
  @Option(help: ArgumentHelp("A file with the password.", valueName: "file"), completion: .file())
  var passwordFile: String?
  @Option(
    help: ArgumentHelp("A PEM file with the authorities to trust. (default: the system's)", valueName: "file"),
    completion: .file())
  var ca: String?
  @Option(help: ArgumentHelp("A PEM file with a certificate of our own.", valueName: "file"), completion: .file())
  var certificate: String?
  @Option(help: ArgumentHelp("A PEM file with its key.", valueName: "file"), completion: .file())
  var key: String?

  func validate() throws {
    let others = [broker, username, passwordFile, ca, certificate, key]
    if config != nil, others.contains(where: { $0 != nil }) {
      throw ValidationError("--config already says which broker, and how: it does not go with --broker and its options")
    }
    if let clientID, !(1...64 ~= clientID.utf8.count) { throw ValidationError("--client-id: 1 to 64 bytes") }
  }

  /// The options for the connection, and the topic prefix of the gateways.
  func options() throws -> (options: MosquittoOptions, prefix: String) {
    let clientID = clientID ?? "listen-" + String(UInt32.random(in: .min ... .max), radix: 16)
    guard let config else { return (Self.options(try settings(clientID), clientID), TopicSettings().prefix) }
    let settings: Settings
    do throws(ConfigurationError) {
      settings = try Self.load(config)
    } catch {
      printError(error.rendered(inColour: standardErrorHasColour()))
      throw ExitCode(78)
    }
    if let warning = settings.uplink.tls?.warning { complain("\(config): warning: \(warning)") }
    guard clientID != settings.uplink.clientID else {
      throw ValidationError("--client-id: \(clientID) is the gateway's own; the broker would throw the gateway out")
    }
    return (Self.options(settings.uplink, clientID), settings.uplink.topics.prefix)
  }

  /// Fills in placeholders from this board only if the user name or the PSK identity has one: the file may be another
  /// board's.
  private static func load(_ file: String) throws(ConfigurationError) -> Settings {
    let settings = try ConfigurationLoader.load(path: file, environment: environment, board: nil)
    let seen = [settings.uplink.credentials?.username, settings.uplink.tls?.psk?.identity]
    guard seen.contains(where: { $0?.contains("{") == true }) else { return settings }
    return try ConfigurationLoader.load(path: file, environment: environment, board: KernelSysfs())
  }

  private func settings(_ clientID: String) throws -> UplinkSettings {
    var options = BrokerOptions(url: broker ?? "mqtt://127.0.0.1")
    options.username = username
    options.passwordFile = passwordFile
    options.tls.authorities = ca
    options.tls.certificate = certificate
    options.tls.key = key
    do throws(OptionMistake) {
      return try options.settings(clientID: clientID)
    } catch {
      throw ValidationError("\(error)")
    }
  }

  private static func options(_ uplink: UplinkSettings, _ clientID: String) -> MosquittoOptions {
    MosquittoOptions(
      brokers: uplink.brokers.map { .init(host: $0.host, port: $0.port) }, clientID: clientID,
      version: uplink.version == .v5 ? .v5 : .v311, qos: 1, keepAlive: uplink.keepAlive,
      silence: uplink.acknowledgeTimeout,
      username: uplink.credentials?.username, password: uplink.credentials?.password?.revealed,
      tls: uplink.tls.map(MosquittoOptions.TLS.init))
  }
}
