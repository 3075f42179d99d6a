import Foundation
import Testing

/// A broker with TLS, an authority that both sides know, and a daemon that has to reach it.
final class TLSStory {
  let workplace: Workplace
  let authority: Authority
  /// The broker's certificate. To give it another one, replace the files and start it again.
  let server: Pair
  let broker: Broker
  private var before: [Received] = []
  private var subscriber: Subscriber?

  /// `settings` are further lines of the broker's listener, `file` how the files of its pair are called.
  init(_ settings: String = "", server file: (Authority) throws -> Pair = { try $0.server("server") }) throws {
    workplace = try Workplace()
    authority = try Authority(workplace)
    server = try file(authority)
    broker = try Broker(
      workplace,
      settings: """
        allow_anonymous true
        cafile \(authority.certificate)
        certfile \(server.certificate)
        keyfile \(server.key)
        \(settings)
        """)
  }

  var url: String { "mqtts://127.0.0.1:\(broker.port)" }

  /// `tls` are the keys of `uplink.tls`; the authority is added.
  func start(_ tls: String = "", environment: [String: String] = [:]) throws -> Program {
    try startAsGiven("{ca: \(authority.certificate)\(tls.isEmpty ? "" : ", " + tls)}", environment: environment)
  }

  func startAsGiven(_ tls: String, environment: [String: String] = [:]) throws -> Program {
    let uplink = "  retry_ceiling: 1s\n  keep_alive: 5s\n  tls: \(tls)"
    return try Daemon.start(
      workplace,
      configuration: Daemon.configuration(workplace, broker: url, uplink: uplink, sensors: Daemon.twoSensors),
      options: ["--simulate"], environment: environment)
  }

  /// Changes the broker's settings and starts it again.
  func restartBroker(replacing old: String = "", by new: String = "") throws {
    broker.stop()
    let file = workplace.path("broker-\(broker.port).conf")
    let text = try String(contentsOfFile: file, encoding: .utf8)
    if !old.isEmpty {
      try text.replacingOccurrences(of: old, with: new).write(toFile: file, atomically: false, encoding: .utf8)
    }
    try broker.start()
  }

  /// The daemon holds still until there is somebody to count what arrives.
  func holding(_ daemon: Program, _ mend: () throws -> Void) throws {
    daemon.send(SIGSTOP)
    try mend()
    try subscribe()
    daemon.send(SIGCONT)
  }

  /// With a client certificate of its own, which the broker may demand.
  func subscribe() throws {
    let pair = try authority.client("subscriber")
    try subscribe(["--cafile", authority.certificate, "--cert", pair.certificate, "--key", pair.key])
  }

  func subscribe(_ options: [String]) throws {
    before += subscriber?.messages ?? []
    subscriber?.end()
    subscriber = try Subscriber(port: broker.port, options: options)
  }

  /// Everything that has arrived, whoever was listening.
  var messages: [Received] { before + (subscriber?.messages ?? []) }

  /// So many readings of each sensor, of the daemon's nth start.
  func arrives(_ count: Int, start: Int = 1) -> Bool {
    eventually(within: .seconds(60)) {
      ["a", "b"].allSatisfy { sensor in messages.ofStart(start).filter { $0.sensor == sensor }.count >= count }
    }
  }

  /// Every sequence from 1 on has arrived once, in order.
  func nothingIsLost(_ daemon: Program, after count: Int = 3) {
    #expect(arrives(count), "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    let audit = Audit(messages.filter { $0.json["quantities"] != nil })
    #expect(audit.isPerfect, "\(audit)")
  }
}
