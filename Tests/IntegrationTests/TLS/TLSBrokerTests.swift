import Foundation
import Testing

@Suite("TLS: what can be wrong with the broker")
struct TLSBrokerTests {
  enum Fault: String, CaseIterable {
    case wrongName, expired, notYetValid, unknownAuthority, selfSigned

    var words: String {
      switch self {
      case .wrongName: "is for another name than the one in uplink.broker"
      case .expired: "has expired; this board's clock says 20"
      case .notYetValid: "is not yet valid; this board's clock says 20"
      case .unknownAuthority, .selfSigned: "is from an unknown authority"
      }
    }

    func pair(_ authority: Authority, _ workplace: Workplace) throws -> Pair {
      switch self {
      case .wrongName: return try authority.server("faulty", for: "DNS:broker.example.com")
      case .expired: return try authority.server("faulty", valid: .past)
      case .notYetValid: return try authority.server("faulty", valid: .future)
      case .unknownAuthority: return try Authority(workplace, name: "other").server("faulty")
      case .selfSigned:
        let pair = Pair(certificate: workplace.path("faulty.pem"), key: workplace.path("faulty.key"))
        try openssl([
          "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", pair.key, "-out", pair.certificate, "-days", "2",
          "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
        ])
        return pair
      }
    }
  }

  @Test(
    "A broker that is not who it should be gets nothing, the log says why; mended, all arrives",
    arguments: Fault.allCases)
  func fault(_ fault: Fault) throws {
    let story = try TLSStory()
    let good = try story.authority.server("good")
    try fault.pair(story.authority, story.workplace).replace(story.server)
    try story.restartBroker()
    let daemon = try story.start()
    #expect(daemon.says("cannot connect: TLS: the broker's certificate \(fault.words)"), "\(daemon.lines)")
    #expect(!daemon.lines.contains { $0.contains(": connected") })
    try story.holding(daemon) {
      try good.replace(story.server)
      try story.restartBroker()
    }
    story.nothingIsLost(daemon, after: 3)
  }

  @Test("The broker's certificate expires while it runs: its restart is told, and the next certificate is taken")
  func replacedWhileRunning() throws {
    let story = try TLSStory()
    let good = try story.authority.server("good")
    try story.subscribe()
    let daemon = try story.start()
    #expect(story.arrives(2), "\(daemon.lines)")
    try story.authority.server("expired", valid: .past).replace(story.server)
    try story.restartBroker()
    #expect(daemon.says("certificate has expired"), "\(daemon.lines)")
    try story.holding(daemon) {
      try good.replace(story.server)
      try story.restartBroker()
    }
    let seen = story.messages.filter { $0.sensor == "a" }.count
    story.nothingIsLost(daemon, after: seen + 3)
  }

  @Test("A broker that speaks TLS 1.1 only is refused, and what waits goes to the one that takes its place")
  func oldVersion() throws {
    let story = try TLSStory()
    story.broker.stop()
    let old = try answer(story, ["-tls1_1", "-cipher", "DEFAULT:@SECLEVEL=0"])
    let daemon = try story.start()
    #expect(daemon.says("cannot connect: TLS: the broker speaks no TLS 1.2 or newer"), "\(daemon.lines)")
    try story.holding(daemon) {
      old.end()
      try story.broker.start()
    }
    story.nothingIsLost(daemon)
  }

  @Test("A port without TLS is no broker's port for TLS") func plainPort() throws {
    let workplace = try Workplace()
    let broker = try Broker(workplace)
    let authority = try Authority(workplace)
    let daemon = try Daemon.start(
      workplace,
      configuration: Daemon.configuration(
        workplace, broker: "mqtts://127.0.0.1:\(broker.port)", uplink: "  tls: {ca: \(authority.certificate)}",
        sensors: Daemon.twoSensors), options: ["--simulate"])
    #expect(daemon.says("is this its port for TLS"), "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("ALPN: the name in the file is asked for, and a broker that does not know it says so") func alpn() throws {
    let story = try TLSStory()
    story.broker.stop()
    let other = try answer(story, ["-alpn", "x-other"])
    let daemon = try story.start("alpn: x-amzn-mqtt-ca")
    #expect(daemon.says("TLS: the broker does not know the protocol in uplink.tls.alpn"), "\(daemon.lines)")
    other.end()
    let knowing = try answer(story, ["-alpn", "x-amzn-mqtt-ca"])
    #expect(knowing.says("ALPN protocols selected: x-amzn-mqtt-ca"), "\(knowing.lines)")
    try story.holding(daemon) {
      knowing.end()
      try story.broker.start()
    }
    story.nothingIsLost(daemon)
  }

  @Test("Insecure: another name is accepted with a warning at every start, an unknown authority is not")
  func insecure() throws {
    let story = try TLSStory(server: { try $0.server("server", for: "DNS:broker.example.com") })
    let daemon = try story.start("insecure: true")
    #expect(daemon.says("uplink.tls.insecure: the broker's name is NOT verified"), "\(daemon.lines)")
    #expect(daemon.says(": connected"), "\(daemon.lines)")
    try Authority(story.workplace, name: "other").server("foreign").replace(story.server)
    try story.restartBroker()
    #expect(daemon.says("the broker's certificate is from an unknown authority"), "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)

    let check = try Program(programs + "/fieldpost", ["check", story.workplace.path("devices.yaml")])
    #expect(check.exitStatus() == 0)
    #expect(check.lines.contains { $0.contains("devices.yaml: warning: uplink.tls.insecure: ") }, "\(check.lines)")
  }

  /// openssl in place of the broker. With -www it does not look at its standard input, whose end would be its own;
  /// into a pipe it would print in blocks of 4 KiB.
  private func answer(_ story: TLSStory, _ options: [String]) throws -> Program {
    let server = try Program(
      "/usr/bin/stdbuf",
      [
        "-oL", "openssl", "s_server", "-www", "-accept", "127.0.0.1:\(story.broker.port)", "-cert",
        story.server.certificate,
      ]
        + ["-key", story.server.key] + options)
    try #require(server.says("ACCEPT"), "\(server.lines)")
    return server
  }
}
