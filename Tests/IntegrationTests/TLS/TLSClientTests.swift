import Foundation
import Testing

@Suite("TLS: what can be wrong with our certificate")
struct TLSClientTests {
  private static let demanding = "require_certificate true\nuse_identity_as_username true"

  private func keys(_ pair: Pair) -> String { "certificate: \(pair.certificate), key: \(pair.key)" }

  @Test("With TLS 1.2 and 1.3, without a client certificate and with one", arguments: [false, true], ["1.2", "1.3"])
  func works(_ demands: Bool, _ version: String) throws {
    let story = try TLSStory((demands ? Self.demanding : "") + "\ntls_version tlsv\(version)")
    try story.subscribe()
    let daemon = try story.start(demands ? keys(story.authority.client("own")) : "")
    #expect(daemon.says(": connected"), "\(daemon.lines)")
    story.nothingIsLost(daemon, after: 2)
  }

  @Test("A broker that demands a certificate of a daemon that has none: told, calm, and all arrives after the mending")
  func missing() throws {
    let story = try TLSStory(Self.demanding)
    let daemon = try story.start()
    #expect(daemon.says("cannot connect: TLS: the broker"), "\(daemon.lines)")
    #expect(daemon.says("demand"), "\(daemon.lines)")
    #expect(daemon.says("client certificate"), "\(daemon.lines)")
    #expect(!daemon.lines.contains { $0.contains(": connected") })
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
    try story.subscribe()
    let mended = try story.start(keys(story.authority.client("own")))
    #expect(story.arrives(1, start: 1), "\(mended.lines)")
    #expect(story.arrives(2, start: 2), "\(mended.lines)")
    mended.send(SIGTERM)
    #expect(mended.exitStatus() == 0)
    let audit = Audit(story.messages.filter { $0.json["quantities"] != nil })
    #expect(audit.isPerfect, "\(audit)")
  }

  @Test(
    "A client certificate that the broker refuses, replaced while the daemon tries: it needs no restart",
    arguments: ["expired", "foreign"])
  func refused(_ fault: String) throws {
    let story = try TLSStory(Self.demanding)
    let own =
      try fault == "expired"
      ? story.authority.client("own", valid: .past) : Authority(story.workplace, name: "other").client("own")
    let good = try story.authority.client("good")
    let daemon = try story.start(keys(own))
    let words = fault == "expired" ? "it has expired" : "it does not know its authority"
    // One attempt in a few breaks before the broker's reason has been read.
    #expect(daemon.says("TLS: the broker refuses our certificate: \(words)"), "\(daemon.lines)")
    try story.holding(daemon) { try good.replace(own) }
    story.nothingIsLost(daemon)
  }

  @Test("A pair replaced while the connection stands: a goodbye, and a new connection with the new certificate")
  func replaced() throws {
    let story = try TLSStory(Self.demanding)
    try story.subscribe()
    let own = try story.authority.client("first")
    let second = try story.authority.client("second")
    let daemon = try story.start(keys(own))
    #expect(story.arrives(2), "\(daemon.lines)")
    #expect(story.broker.log.contains { $0.contains("u'first'") }, "\(story.broker.log)")
    try second.replace(own)
    #expect(daemon.says("a certificate or key was replaced"), "\(daemon.lines)")
    #expect(eventually { story.broker.log.contains { $0.contains("u'second'") } }, "\(daemon.lines)")
    let seen = story.messages.filter { $0.sensor == "a" }.count
    story.nothingIsLost(daemon, after: seen + 2)
    #expect(!story.messages.contains { $0.json["state"] as? String == "offline" && $0.json["time"] == nil })
  }

  @Test("Half a pair, as between two copies: it is told, and heals with the other half")
  func half() throws {
    let story = try TLSStory(Self.demanding)
    let own = try story.authority.client("own")
    let second = try story.authority.client("second")
    try second.replaceCertificate(of: own)
    let daemon = try story.start(keys(own))
    #expect(daemon.says("TLS: Unable to load client key file"), "\(daemon.lines)")
    #expect(daemon.says("key values mismatch"), "\(daemon.lines)")
    try story.holding(daemon) { try second.replaceKey(of: own) }
    story.nothingIsLost(daemon)
  }

  @Test("A key that everybody can use is refused: at the start, and when it takes the place of a good one")
  func openKey() throws {
    let story = try TLSStory(Self.demanding)
    let own = try story.authority.client("own")
    #expect(chmod(own.key, 0o604) == 0)
    let refused = try story.start(keys(own))
    #expect(refused.exitStatus() == 78)
    let remedy = "\(own.key) can be used by everybody; mend it with: chmod o= \(own.key)"
    #expect(refused.lines.contains { $0.hasSuffix("error: uplink.tls.key: \(remedy)") }, "\(refused.lines)")

    #expect(chmod(own.key, 0o600) == 0)
    let daemon = try story.start(keys(own))
    #expect(daemon.says(": connected"), "\(daemon.lines)")
    story.broker.kill()
    #expect(chmod(own.key, 0o644) == 0)
    try story.broker.start()
    #expect(daemon.says("cannot connect: TLS: \(remedy)"), "\(daemon.lines)")
    #expect(chmod(own.key, 0o600) == 0)
    // The daemon's own line would be a repeat, which the log holds back.
    #expect(eventually { story.broker.log.contains { $0.contains("u'own'") } }, "\(daemon.lines)")
    daemon.send(SIGTERM)
    #expect(daemon.exitStatus() == 0)
  }

  @Test("Refused after the handshake, by name: the broker's words are in the log, and all arrives once it agrees")
  func refusedAfterHandshake() throws {
    let story = try TLSStory()
    try story.restartBroker(replacing: "allow_anonymous true", by: "allow_anonymous false")
    let daemon = try story.start()
    #expect(daemon.says("cannot connect: the broker said "), "\(daemon.lines)")
    try story.holding(daemon) {
      try story.restartBroker(replacing: "allow_anonymous false", by: "allow_anonymous true")
    }
    story.nothingIsLost(daemon)
  }
}
