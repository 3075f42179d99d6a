import Messages
import Testing
import Uplink

@testable import MQTT

@Suite("Topics")
struct TopicBookTests {
  private func book(group: String? = "site") -> TopicBook {
    var commands = TopicBook.Commands(own: "{prefix}/{device}/command", response: "{prefix}/{device}/response")
    commands.shared = "{prefix}/command"
    commands.group = group
    commands.allowed = ["me", "apps/+/answers", "{device}/#"]
    commands.sensors = ["hall"]
    return TopicBook(
      prefix: "fp", device: "box", reading: "{prefix}/{device}/{sensor}", state: "{prefix}/{device}/state",
      event: "{prefix}/{device}/event", commands: commands)
  }

  @Test("Each kind of message has its topic, and only the state is retained")
  func places() {
    let places: [(Address, String)] = [
      (.readings(sensor: "hall"), "fp/box/hall"), (.events, "fp/box/event"), (.state, "fp/box/state"),
      (.answer(to: "me"), "me"), (.answer(to: nil), "fp/box/response"),
    ]
    for (address, topic) in places {
      #expect(book().place(of: address) == topic)
      #expect(book().isRetained(address) == (address == .state))
    }
  }

  @Test("Templates: placeholders are filled wherever they stand, and anything else stays")
  func templates() {
    let topics = TopicBook(
      prefix: "p", device: "d", reading: "{sensor}/{device}{prefix}/{other}/x{sensor}", state: "s", event: "{device}")
    #expect(topics.place(of: .readings(sensor: "t{1}")) == "t{1}/dp/{other}/xt{1}")
    #expect(topics.place(of: .events) == "d")
  }

  @Test("Commands arrive at the device's own topic, and at the group's if there is one")
  func inlets() {
    #expect(book().filter(of: .own) == "fp/box/command")
    #expect(book().filter(of: .shared) == "$share/site/fp/command")
    #expect(book(group: nil).filter(of: .shared) == nil)
    let silent = TopicBook(prefix: "p", device: "d", reading: "{sensor}", state: "s", event: "e")
    #expect(silent.filter(of: .own) == nil)
  }

  @Test(
    "Nobody can make the gateway answer into its own topics",
    arguments: ["fp/box/state", "fp/box/hall", "fp/box/event", "fp/box/command", "fp/command"])
  func foreign(_ topic: String) {
    #expect(book().objection(to: topic) == "no answers go to \(topic), which is a topic of the gateway itself")
  }

  @Test(
    "An answer goes only below the gateway's own prefix, or where the configuration allows it",
    arguments: [
      "fp/other/state", "fp/other/command", "fp/box2/x", "fp/boxer", "fp/box", "apps/answers", "apps/a/answers/b",
      "apps/a/b/answers", "boxes/a", "$SYS/apps/answers", "ME", "me/x", "", "/",
    ])
  func unpermitted(_ topic: String) {
    let allowed = "only below fp/box/, and where uplink.commands.response_topics allows it"
    #expect(book().objection(to: topic) == "no answers go to \(topic): \(allowed)")
  }

  @Test(
    "Where an answer may go",
    arguments: ["fp/box/answers/1", "fp/box/response", "me", "apps/a/answers", "box", "box/a/b"]
  )
  func permitted(_ topic: String) {
    #expect(book().objection(to: topic) == nil)
  }

  @Test("A foreign topic is cut short, and cannot control a terminal")
  func shown() {
    let objection = book().objection(to: "\u{1B}[31m" + String(repeating: "x", count: 100)) ?? ""
    #expect(objection.hasPrefix("no answers go to ?[31mxxx"))
    #expect(objection.contains("…"))
    #expect(!objection.contains("\u{1B}"))
  }
}
