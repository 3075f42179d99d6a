import Foundation
import Testing

@testable import Configuration

/// Where messages of the gateway `box` with the sensor `hall` go.
@Suite("Topics that collide")
struct TopicTests {
  private let hall = "  - {id: hall, driver: tmp102, bus: i2c-1, address: 0x48}\n"

  private func sensor(_ id: String) -> String { hall.replacingOccurrences(of: "hall", with: id) }

  private static func readings(_ key: String) -> String {
    "the readings of this sensor would go to the topic of uplink.\(key); choose another id, or another topic"
  }

  @Test(
    "A sensor whose readings would go where something else goes is refused, however the templates are written",
    arguments: [
      ("state", [], "topics.state"), ("status", ["topics: {state: \"{prefix}/{device}/status\"}"], "topics.state"),
      ("status", ["topics: {state: fieldpost/box/status}"], "topics.state"),
      ("hall", ["topics: {reading: \"a/{sensor}\", state: a/hall}"], "topics.state"),
      ("hall", ["topics: {reading: \"a/{sensor}\", event: a/hall}"], "topics.event"),
      ("log", ["topics: {event: \"{prefix}/{device}/log\"}"], "topics.event"),
      ("box", ["topics: {reading: \"{sensor}/x\", state: \"{device}/x\"}"], "topics.state"),
      ("command", ["commands: {allow: [status]}"], "commands.topic"),
      ("response", ["commands: {allow: [status]}"], "commands.response"),
      ("cmd", ["commands: {allow: [status], topic: \"{prefix}/{device}/cmd\"}"], "commands.topic"),
      ("answers", ["commands: {allow: [status], response: fieldpost/box/answers}"], "commands.response"),
      ("all", ["commands: {allow: [status], share: g, shared_topic: fieldpost/box/all}"], "commands.shared_topic"),
      (
        "hall", ["topics: {reading: \"{prefix}/{sensor}\"}", "commands: {allow: [status], topic: fieldpost/hall}"],
        "commands.topic"
      ),
    ] as [(String, [String], String)])
  func readings(_ id: String, _ uplink: [String], _ key: String) {
    let line = 4 + uplink.count + 1
    #expect(
      mistakes(file(uplink: uplink, sensors: sensor(id))) == ["\(line):10 sensors[0].id: " + Self.readings(key)])
  }

  @Test(
    "A name is free where nothing goes to its topic",
    arguments: [
      ("state", ["topics: {state: \"{prefix}/{device}/status\"}"]), ("command", []), ("response", []),
      ("command", ["commands: {allow: [status], topic: elsewhere}"]), ("state", ["topics: {reading: \"r/{sensor}\"}"]),
      ("command", ["commands: {allow: [status]}", "topics: {reading: \"{prefix}/{device}/r/{sensor}\"}"]),
      ("hall", ["commands: {allow: [status], shared_topic: fieldpost/box/hall}"]),
    ] as [(String, [String])])
  func free(_ id: String, _ uplink: [String]) {
    let found = reasons(file(uplink: uplink, sensors: sensor(id)))
    // A shared topic without a group is a mistake of its own.
    #expect(found.filter { $0.contains("the readings of this sensor") } == [], "\(found)")
  }

  @Test("The name under which events are numbered is never free, because identities would be the same")
  func event() {
    let text = file(uplink: ["topics: {event: elsewhere}"], sensors: sensor("event"))
    #expect(reasons(text) == ["the gateway numbers its own events under the name \"event\"; choose another id"])
  }

  @Test(
    "Two kinds of message with one topic are a mistake at the key that makes it",
    arguments: [
      ("topics: {event: \"{prefix}/{device}/state\"}", "4:19", "topics.event", "topics.state", "topics.event"),
      ("topics: {state: \"{prefix}/{device}/event\"}", "4:19", "topics.state", "topics.state", "topics.event"),
      ("topics: {state: fieldpost/box/event}", "4:19", "topics.state", "topics.state", "topics.event"),
      ("topics: {state: x, event: x}", "4:29", "topics.event", "topics.state", "topics.event"),
      (
        "commands: {allow: [status], topic: fieldpost/box/state}", "4:38", "commands.topic", "topics.state",
        "commands.topic"
      ),
      (
        "commands: {allow: [status], topic: \"{prefix}/{device}/response\"}", "4:38", "commands.topic",
        "commands.topic", "commands.response"
      ),
      (
        "commands: {allow: [status], response: \"{prefix}/box/event\"}", "4:41", "commands.response", "topics.event",
        "commands.response"
      ),
      (
        "commands: {allow: [status], share: g, topic: \"{prefix}/command\"}", "4:48", "commands.topic",
        "commands.topic", "commands.shared_topic"
      ),
      (
        "commands: {allow: [status], share: g, shared_topic: fieldpost/box/state}", "4:55", "commands.shared_topic",
        "topics.state", "commands.shared_topic"
      ),
    ])
  func others(_ line: String, _ place: String, _ path: String, _ first: String, _ second: String) {
    #expect(
      mistakes(file(uplink: [line])) == [
        "\(place) uplink.\(path): uplink.\(first) and uplink.\(second) must be different topics"
      ])
  }

  @Test("A default that collides with a key is told at that key")
  func defaults() {
    #expect(
      mistakes(
        file(uplink: ["topics: {event: \"{prefix}/{device}/response\"}", "commands: {allow: [status]}"])) == [
          "4:19 uplink.topics.event: uplink.topics.event and uplink.commands.response must be different topics"
        ])
    #expect(reasons(file(uplink: ["topics: {event: \"{prefix}/{device}/response\"}"])) == [])
    #expect(reasons(file(uplink: ["commands: {allow: [status], topic: \"{prefix}/command\"}"])) == [])
  }
}
