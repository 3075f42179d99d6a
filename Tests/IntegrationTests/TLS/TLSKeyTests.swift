import Foundation
import Testing

@Suite("TLS with a pre-shared key")
struct TLSKeyTests {
  private static let key = "00112233445566778899aabbccddeeff"
  private let workplace: Workplace
  private let broker: Broker

  init() throws {
    workplace = try Workplace()
    let keys = try workplace.write("box:\(Self.key)\n", to: "keys")
    broker = try Broker(workplace, settings: "allow_anonymous true\npsk_hint fieldpost\npsk_file \(keys)")
  }

  private func start(_ port: Int, key: String = key, identity: String = "box") throws -> Program {
    let uplink = "  retry_ceiling: 1s\n  tls: {psk: {identity: \(identity), key: {env: FIELD_PSK}}}"
    return try Daemon.start(
      workplace,
      configuration: Daemon.configuration(
        workplace, broker: "mqtts://127.0.0.1:\(port)", uplink: uplink, sensors: Daemon.twoSensors),
      options: ["--simulate"], environment: ["FIELD_PSK": key])
  }

  private func stop(_ daemon: Program) {
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    #expect(!daemon.lines.contains { $0.contains(Self.key) })
  }

  /// 2.0.12 is the first version that refuses a certificate in place of the key.
  private static let libraryIsSafe: Bool = {
    guard let version = try? Program("/usr/bin/mosquitto_sub", ["--version"]), version.exitStatus() != nil,
      let line = version.lines.first(where: { $0.contains("libmosquitto") })
    else { return false }
    let last = line.split(separator: " ").last ?? ""
    return last.split(separator: ".").compactMap { Int($0) }.lexicographicallyPrecedes([2, 0, 12]) == false
  }()

  @Test("libmosquitto before 2.0.12 would take any broker: PSK is refused with it", .enabled(if: !libraryIsSafe))
  func refusedByOldLibrary() throws {
    let daemon = try start(broker.port)
    #expect(daemon.says("cannot connect: TLS: PSK needs libmosquitto 2.0.12 or newer"), "\(daemon.lines)")
    #expect(!broker.log.contains { $0.contains("New client connected") })
    stop(daemon)
  }

  @Test("Readings arrive over TLS with a pre-shared key", .enabled(if: libraryIsSafe)) func works() throws {
    let subscriber = try Subscriber(port: broker.port, options: ["--psk", Self.key, "--psk-identity", "box"])
    let daemon = try start(broker.port)
    #expect(subscriber.waits { $0.filter { $0.sensor == "a" }.count >= 2 }, "\(daemon.lines)")
    stop(daemon)
    #expect(Audit(subscriber.readings).isPerfect)
  }

  @Test("A wrong key and a wrong name get nowhere", .enabled(if: libraryIsSafe), arguments: ["key", "identity"])
  func wrong(_ what: String) throws {
    let daemon = try start(
      broker.port, key: what == "key" ? String(Self.key.reversed()) : Self.key,
      identity: what == "identity" ? "bax" : "box")
    #expect(daemon.says("cannot connect: TLS: the broker"), "\(daemon.lines)")
    #expect(!daemon.lines.contains { $0.contains(": connected") })
    stop(daemon)
  }

  @Test("A broker with a certificate in place of the key is refused", .enabled(if: libraryIsSafe)) func certificate()
    throws
  {
    let story = try TLSStory()
    let daemon = try start(story.broker.port)
    #expect(
      daemon.says("cannot connect: TLS: the broker and this board share no encryption method"), "\(daemon.lines)")
    stop(daemon)
  }
}
