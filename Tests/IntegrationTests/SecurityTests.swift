import Foundation
import Testing

@Suite("Who may talk to whom", .serialized)
struct SecurityTests {
  let workplace: Workplace
  let certificates: Certificates

  init() throws {
    workplace = try Workplace()
    certificates = try Certificates(workplace)
  }

  private func tlsBroker(_ further: String = "") throws -> Broker {
    try Broker(
      workplace,
      settings: """
        cafile \(certificates.authority)
        certfile \(certificates.server.certificate)
        keyfile \(certificates.server.key)
        allow_anonymous true
        \(further)
        """)
  }

  private func start(_ broker: String, _ uplink: String, environment: [String: String] = [:]) throws -> Program {
    try Daemon.start(
      workplace,
      configuration: Daemon.configuration(workplace, broker: broker, uplink: uplink, sensors: Daemon.twoSensors),
      options: ["--simulate"], environment: environment)
  }

  private func mqtts(_ broker: Broker) -> String { "mqtts://127.0.0.1:\(broker.port)" }

  @Test(
    "TLS with the right authority; with a client certificate where the broker demands one", arguments: [false, true])
  func tls(_ demandsCertificate: Bool) throws {
    let broker = try tlsBroker(demandsCertificate ? "require_certificate true" : "")
    let client = certificates.client
    let own = demandsCertificate ? ", certificate: \(client.certificate), key: \(client.key)" : ""
    let daemon = try start(mqtts(broker), "  tls: {ca: \(certificates.authority)\(own)}")
    #expect(daemon.says(": connected"), "\(daemon.lines)")
    let subscriber = try Subscriber(
      port: broker.port,
      options: ["--cafile", certificates.authority, "--cert", client.certificate, "--key", client.key])
    #expect(subscriber.waits { $0.contains { $0.sensor == "a" } })
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("A broker with another authority's certificate gets nothing, and the log says why")
  func wrongAuthority() throws {
    let broker = try tlsBroker()
    let elsewhere = try Workplace()
    let foreign = try Certificates(elsewhere)
    let daemon = try start(mqtts(broker), "  tls: {ca: \(foreign.authority)}")
    #expect(daemon.says("certificate verify failed"), "\(daemon.lines)")
    #expect(!daemon.lines.contains { $0.contains(": connected") })
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    withExtendedLifetime(elsewhere) {}
  }

  @Test("A broker whose certificate is for another name gets nothing")
  func wrongName() throws {
    let broker = try tlsBroker()
    let daemon = try start("mqtts://localhost:\(broker.port)", "  tls: {ca: \(certificates.authority)}")
    #expect(daemon.says("cannot connect"), "\(daemon.lines)")
    #expect(!daemon.lines.contains { $0.contains(": connected") })
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("Without the client certificate that the broker demands nothing is delivered, and trying goes on calmly")
  func missingClientCertificate() throws {
    let broker = try tlsBroker("require_certificate true")
    let daemon = try start(mqtts(broker), "  tls: {ca: \(certificates.authority)}")
    #expect(daemon.says("cannot connect"), "\(daemon.lines)")
    Thread.sleep(forTimeInterval: 4)
    #expect(broker.log.filter { $0.contains("New connection from") }.count < 10)
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("User name and password, from a file and from the environment", arguments: ["file", "env"])
  func password(_ source: String) throws {
    let secret = "s3cret-\(UUID().uuidString)"
    let users = workplace.path("users")
    let hash = try Program("/usr/bin/mosquitto_passwd", ["-b", "-c", users, "field", secret])
    #expect(hash.exitStatus() == 0, "\(hash.lines)")
    _ = chmod(users, 0o644)  // the broker gives up root
    let broker = try Broker(workplace, settings: "allow_anonymous false\npassword_file \(users)")
    let file = try workplace.write(secret + "\n", to: "password")
    _ = chmod(file, 0o600)
    let given = source == "file" ? "{file: \(file)}" : "{env: FIELD_PASSWORD}"
    let daemon = try start(
      broker.url, "  username: field\n  password: \(given)", environment: ["FIELD_PASSWORD": secret])
    #expect(daemon.says(": connected"), "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    #expect(!daemon.lines.contains { $0.contains(secret) })
  }

  @Test("A wrong password: the broker's refusal is in the log, the password is not", arguments: ["5", "3.1.1"])
  func wrongPassword(_ version: String) throws {
    let users = workplace.path("users")
    #expect(try Program("/usr/bin/mosquitto_passwd", ["-b", "-c", users, "field", "right"]).exitStatus() == 0)
    _ = chmod(users, 0o644)
    let broker = try Broker(workplace, settings: "allow_anonymous false\npassword_file \(users)")
    let daemon = try start(
      broker.url, "  username: field\n  protocol: \(version)\n  password: {env: FIELD_PASSWORD}",
      environment: ["FIELD_PASSWORD": "entirely-wrong"])
    #expect(daemon.says("cannot connect: the broker said"), "\(daemon.lines)")
    #expect(!daemon.lines.contains { $0.contains("entirely-wrong") })
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }
}

/// A certificate authority for one test, with a server certificate for 127.0.0.1 and a client's. Made by openssl.
struct Certificates {
  struct Pair {
    let certificate: String
    let key: String
  }

  let authority: String
  let server: Pair
  let client: Pair

  init(_ workplace: Workplace) throws {
    let authorityKey = workplace.path("ca.key")
    let authority = workplace.path("ca.pem")
    func openssl(_ arguments: String...) throws {
      let run = try Program("/usr/bin/openssl", arguments)
      #expect(run.exitStatus() == 0, "openssl \(arguments): \(run.lines)")
    }
    func pair(_ name: String, _ extensions: String) throws -> Pair {
      let pair = Pair(certificate: workplace.path(name + ".pem"), key: workplace.path(name + ".key"))
      let request = workplace.path(name + ".csr")
      let file = try workplace.write(extensions + "\n", to: name + ".ext")
      try openssl(
        "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", pair.key,
        "-out", request, "-subj", "/CN=\(name)")
      try openssl(
        "x509", "-req", "-in", request, "-CA", authority, "-CAkey", authorityKey, "-CAcreateserial",
        "-out", pair.certificate, "-days", "2", "-extfile", file)
      _ = chmod(pair.key, 0o644)  // the broker gives up root before it reads its key
      return pair
    }
    try openssl(
      "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
      authorityKey, "-out", authority, "-days", "2", "-subj", "/CN=fieldpost test")
    self.authority = authority
    server = try pair("server", "subjectAltName=IP:127.0.0.1")
    client = try pair("client", "extendedKeyUsage=clientAuth")
    _ = chmod(client.key, 0o600)
  }
}
