import Foundation
import Testing

/// Brokers that know less than they are asked for, and do not say so; and what is no broker at all.
@Suite("Brokers that do not say what they cannot do")
struct FakeBrokerVersionTests {
  let workplace: Workplace

  init() throws { workplace = try Workplace() }

  @Test(
    "A broker that knows only 3.1.1 and closes, resets or is silent at MQTT 5 is spoken to in 3.1.1 after two attempts",
    arguments: ["close", "reset", "silence"])
  func older(_ way: String) async throws {
    let welcome: Manners.ConnackProperties = ["close": .close, "reset": .reset][way] ?? .silence
    let broker = try FakeBroker { _ in Misbehaviour.welcome(.older(welcome)) }
    let story = try Story(workplace, broker)
    #expect(await story.sees(within: .seconds(60)) { _ in story.hasAccepted(4) }, "\(story) \(story.daemon.lines)")
    #expect(await story.daemon.willSay("MQTT 3.1.1 is tried", within: .seconds(1)), "\(story.daemon.lines)")
    await story.end()
    #expect(broker.journal.levels == [5, 5, 4], "\(broker.journal.levels)")
    #expect(Audit(story.accepted).isPerfect, "\(story)")
    #expect(broker.journal.violations.isEmpty, "\(story)")
  }

  @Test("A path that ends connections for a while does not lead to 3.1.1 at a broker that knows 5")
  func router() async throws {
    let broker = try FakeBroker { connection in
      connection <= 6 ? Misbehaviour.welcome(.close) : Manners()
    }
    let story = try Story(workplace, broker)
    #expect(await story.sees { _ in story.hasAccepted(3) }, "\(story) \(story.daemon.lines)")
    await story.end()
    #expect(broker.journal.levels == [5, 5, 4, 5, 5, 4, 5], "\(broker.journal.levels)")
  }

  @Test("A broker that answers QoS 2 with PUBACK gets QoS 1, and the log says so", arguments: ["5", "3.1.1"])
  func noQoS2(_ version: String) async throws {
    var manners = Manners()
    manners.knowsNoQoS2 = true
    let broker = try FakeBroker { [manners] _ in manners }
    let story = try Story(workplace, broker, uplink: "  qos: 2\n  protocol: \(version)")
    #expect(await story.sees { _ in story.hasAccepted(4) && story.isComplete }, "\(story) \(story.daemon.lines)")
    #expect(await story.daemon.willSay("QoS 1 from now on", within: .seconds(1)), "\(story.daemon.lines)")
    await story.end()
    #expect(broker.journal.connections == 2, "\(broker.journal.connections) \(story.daemon.lines)")
    #expect(broker.journal.accepted.filter { $0.connection == 2 }.allSatisfy { $0.qos == 1 })
  }

  @Test(
    "What answers and is no broker is named",
    arguments: [
      ("HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n", "captive portal"),
      ("HTTP/1.0 400 Bad Request\r\n\r\n", "web server"), ("<!DOCTYPE html>", "web server"),
      ("SSH-2.0-OpenSSH_9.2p1\r\n", "SSH server"), ("220 mail.example ESMTP\r\n", "mail"),
      ("\u{15}\u{03}\u{01}\u{00}\u{02}\u{02}F", "mqtts://"), ("AMQP\u{00}\u{00}\u{09}\u{01}", "AMQP"),
      ("what do you want?\r\n", "what do you want?"),
    ])
  func strangers(_ answer: String, _ words: String) async throws {
    let broker = try FakeBroker { _ in Misbehaviour.welcome(.bytes(Array(answer.utf8))) }
    let story = try Story(workplace, broker)
    #expect(await story.daemon.willSay("what answers there does not speak MQTT"), "\(story.daemon.lines)")
    #expect(story.daemon.lines.contains { $0.contains(words) }, "\(story.daemon.lines)")
    #expect(!story.daemon.lines.contains { $0.contains("Success") }, "\(story.daemon.lines)")
    await story.end()
  }

  @Test("One that speaks first is named, too")
  func banner() async throws {
    var manners = Manners()
    manners.banner = Array("SSH-2.0-dropbear\r\n".utf8)
    let story = try Story(workplace, try FakeBroker { [manners] _ in manners })
    #expect(await story.daemon.willSay("it is an SSH server: \"SSH-2.0-dropbear\""), "\(story.daemon.lines)")
    await story.end()
  }

  @Test("TLS at a broker's plain port, and the other way round")
  func wrongPort() async throws {
    let broker = try Broker(workplace)
    let configuration = Daemon.configuration(
      workplace, broker: "mqtts://127.0.0.1:\(broker.port)", sensors: Daemon.twoSensors)
    let daemon = try Daemon.start(workplace, configuration: configuration, options: ["--simulate"])
    #expect(await daemon.willSay("is this its port for TLS"), "\(daemon.lines)")
    daemon.end()
  }

  /// A PUBLISH whose length is announced, and begun.
  private static let large: [UInt8] = [0x30, 0x80, 0x80, 0x80, 0x64, 0, 1, UInt8(ascii: "x"), 0]

  @Test(
    "A broker that sends 200 MiB in one packet does not fill the memory", arguments: ["5", "3.1.1"])
  func memory(_ version: String) async throws {
    var manners = Manners()
    manners.afterWelcome = Self.large
    manners.flood = 200 << 20
    let broker = try FakeBroker { [manners] in
      $0 == 2 ? manners : $0 == 1 ? Misbehaviour.leaving(byReset: false) : Manners()
    }
    let story = try Story(workplace, broker, uplink: "  protocol: \(version)\n  commands: {allow: [status]}")
    // On the first connection, which ends after five messages.
    #expect(await story.sees { !$0.accepted.isEmpty })
    let before = story.daemon.memoryPeak
    #expect(await story.sees { $0.connections >= 3 && story.hasAccepted(8) }, "\(story.daemon.lines)")
    let after = story.daemon.memoryPeak
    await story.end(processorSeconds: 2)
    #expect(before > 0, "\(before) kB, then \(after) kB")
    #expect(after - before < 32 << 10, "\(before) kB, then \(after) kB")
    #expect(story.isComplete, "\(story)")
    #expect(Audit(story.accepted).disorder.isEmpty, "\(story)")
  }

  @Test("A broker that keeps sending QoS 2 and never lets go is left")
  func neverReleased() async throws {
    var manners = Manners()
    manners.afterWelcome = Packet.encode(.publish, flags: 4, [0, 1, UInt8(ascii: "x"), 0, 7, 0, 1])
    let story = try Story(workplace, try FakeBroker { [manners] in $0 == 1 ? manners : Manners() })
    #expect(await story.daemon.willSay("it sends messages with QoS 2"), "\(story.daemon.lines)")
    #expect(await story.sees { _ in story.hasAccepted(2) })
    await story.end()
  }

  @Test("A PUBACK with a reason that the standard does not allow stops no other message, whatever libmosquitto does")
  func forbiddenReason() async throws {
    var manners = Manners()
    manners.answer = { $0.isReading && $0.sensor == "a" && $0.sequence == 2 ? 0x95 : 0 }
    let story = try Story(workplace, try FakeBroker { [manners] _ in manners })
    #expect(await story.sees(within: .seconds(90)) { _ in story.hasAccepted(20) }, "\(story) \(story.daemon.lines)")
    await story.end()
    #expect(story.missing.withoutEpochs == ["a 2"], "\(story)")
    let ledger = try Story.ledger(workplace)
    #expect(ledger.waiting > 0 || story.gaps("rejected").withoutEpochs == ["a 2"], "\(ledger)")
  }
}

extension Program {
  /// The most that it has had in memory, in kB (VmHWM).
  fileprivate var memoryPeak: Int {
    let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
    return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
  }
}
