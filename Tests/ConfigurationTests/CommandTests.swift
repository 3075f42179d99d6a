import Testing

@testable import Configuration

@Suite("The group uplink.commands")
struct CommandTests {
  private func commands(_ text: String, _ more: String...) throws -> CommandSettings? {
    try load(file(uplink: ["commands: \(text)"] + more)).uplink.commands
  }

  private func reasons(_ text: String, _ more: String...) -> [String] {
    ConfigurationTests.reasons(file(uplink: ["commands: \(text)"] + more))
  }

  @Test("Without it, or with nothing in it, no command is taken")
  func off() throws {
    #expect(try load(file()).uplink.commands == nil)
    #expect(try load(file(uplink: ["commands:"])).uplink.commands == nil)
  }

  @Test("Every key has an effect, and a default")
  func keys() throws {
    let least = try #require(try commands("{allow: [status]}"))
    #expect(least.allowed == [.status])
    #expect(least.share == nil)
    #expect(least.topic == "{prefix}/{device}/command")
    #expect(least.sharedTopic == "{prefix}/command")
    #expect(least.response == "{prefix}/{device}/response")
    let most = try #require(
      try commands("{allow: [interval, read-now, log-level, status], topic: t, response: r, share: g, shared_topic: s}")
    )
    #expect(most.allowed == [.interval, .readNow, .logLevel, .status])
    #expect(most.topic == "t")
    #expect(most.response == "r")
    #expect(most.share == "g")
    #expect(most.sharedTopic == "s")
  }

  @Test("What is allowed is said, and known, and said once")
  func allowed() {
    #expect(reasons("{}") == ["is missing: the list of what may be asked: read-now, status, log-level, interval"])
    #expect(
      reasons("{topic: t}") == ["is missing: the list of what may be asked: read-now, status, log-level, interval"])
    #expect(reasons("{allow: []}") == ["needs at least one command; without \"commands\" none is taken"])
    #expect(reasons("{allow: all}").count == 1 && reasons("[status]").count == 1 && reasons("true").count == 1)
    #expect(
      reasons("{allow: [read_now, reboot]}") == [
        "unknown value \"read_now\"; did you mean \"read-now\"?",
        "unknown value \"reboot\"; known are read-now, status, log-level, interval",
      ])
    #expect(reasons("{allow: [status, status]}") == ["\"status\" comes twice"])
    #expect(reasons("{alow: [status]}") == ["unknown key \"alow\"; did you mean \"allow\"?"])
  }

  @Test(
    "A topic that a broker would not accept, or with a placeholder that has no meaning there",
    arguments: [
      "topic: \"\"", "topic: a/#", "topic: \"+/a\"", "topic: $a", "topic: a//b", "topic: \"{sensor}\"", "response: a/#",
      "response: \"{group}\"",
      "share: g, shared_topic: \"{device}\"", "share: g, shared_topic: \"\"", "share: g, shared_topic: $share/g/a",
    ])
  func topics(_ text: String) { #expect(reasons("{allow: [status], \(text)}").count == 1) }

  @Test("A group is a name; a topic for it needs one, and MQTT 5")
  func share() {
    for group in ["a/b", "+", "\"#\"", "\"\"", "a b"] {
      #expect(reasons("{allow: [status], share: \(group)}").count == 1, "\(group)")
    }
    #expect(reasons("{allow: [status], shared_topic: s}") == ["needs share beside it: the name of the group"])
    #expect(
      reasons("{allow: [status], share: g}", "protocol: 3.1.1")
        == ["needs MQTT 5: protocol 3.1.1 has no shared subscriptions"])
    #expect(reasons("{allow: [status]}", "protocol: 3.1.1") == [])
  }
}
