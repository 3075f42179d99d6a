import Foundation
import Testing

/// What a broker says with its CONNACK, and what it does not say, `listen` takes for what it is.
@Suite("fieldpost listen and what brokers cannot do")
struct ListenLimitsTests {
  private func listen(_ manners: Manners, _ options: [String]) throws -> (Program, FakeBroker) {
    let broker = try FakeBroker { _ in manners }
    return (try Program(programs + "/fieldpost", ["listen", "--broker", broker.url] + options), broker)
  }

  @Test("A broker without shared subscriptions: exit status 2, and it is not asked for one")
  func notShared() throws {
    let (program, broker) = try listen(
      Misbehaviour.welcome(.accept([.sharedSubscriptions(0)])), ["--share", "crew", "--idle", "100ms"])
    #expect(program.exitStatus() == 2)
    #expect(program.lines.last?.contains("the broker has no shared subscriptions") == true, "\(program.lines)")
    #expect(broker.journal.subscriptions.isEmpty)
  }

  @Test("A broker without wildcards: exit status 2")
  func noWildcards() throws {
    let (program, broker) = try listen(Misbehaviour.welcome(.accept([.wildcardSubscriptions(0)])), ["--idle", "100ms"])
    #expect(program.exitStatus() == 2)
    #expect(program.lines.last?.contains("no wildcards") == true, "\(program.lines)")
    #expect(broker.journal.subscriptions.isEmpty)
  }

  @Test(
    "A broker that keeps the session for less than was asked for is told of", arguments: [86_400, 604_800] as [UInt32])
  func shorterSession(_ seconds: UInt32) throws {
    let (program, broker) = try listen(
      Misbehaviour.welcome(.accept([.sessionExpiry(seconds)])),
      ["--persistent", "--client-id", "archive", "--idle", "100ms"])
    #expect(program.exitStatus() == 0, "\(program.lines)")
    #expect(program.lines.first?.contains("it keeps it for 1 d") == (seconds < 604_800), "\(program.lines)")
    #expect(broker.journal.connections == 1)
  }

  @Test(
    "A broker that knows only 3.1.1, and does not say so, is listened to in 3.1.1 after two attempts",
    arguments: ["close", "silence"])
  func older(_ way: String) throws {
    let (program, broker) = try listen(
      Misbehaviour.welcome(.older(way == "close" ? .close : .silence)), ["--idle", "100ms"])
    #expect(program.says("MQTT 3.1.1 is tried", within: .seconds(60)), "\(program.lines)")
    #expect(program.exitStatus() == 0, "\(program.lines)")
    #expect(broker.journal.levels == [5, 5, 4], "\(broker.journal.levels)")
  }

  @Test("In 3.1.1 there are no shared subscriptions: exit status 2")
  func olderAndShared() throws {
    let (program, broker) = try listen(Misbehaviour.welcome(.older(.close)), ["--share", "crew"])
    #expect(program.exitStatus() == 2)
    #expect(program.lines.last?.contains("knows only MQTT 3.1.1") == true, "\(program.lines)")
    #expect(broker.journal.subscriptions.isEmpty)
  }

  @Test("A broker that closes whatever is asked: exit status 2, and no more than three attempts")
  func closes() throws {
    let (program, broker) = try listen(Misbehaviour.welcome(.close), [])
    #expect(program.exitStatus() == 2)
    #expect(program.lines.last?.contains("cannot connect to") == true, "\(program.lines)")
    #expect(broker.journal.levels == [5, 5, 4])
  }

  @Test("A web server at the broker's port: exit status 2, and what it is")
  func webServer() throws {
    let (program, broker) = try listen(Misbehaviour.welcome(.bytes(Array("HTTP/1.1 302 Found\r\n\r\n".utf8))), [])
    #expect(program.exitStatus() == 2)
    #expect(program.lines.last?.contains("does not speak MQTT: it is a web server") == true, "\(program.lines)")
    #expect(broker.journal.connections == 1)
  }
}
