import Configuration
import Testing

@testable import Gateway

@Suite("What is different in new settings")
struct SettingsChangeTests {
  private static let base = """
    device: {id: here}
    uplink: {broker: mqtt://broker}
    buses: [{name: i2c-1, power_line: GPIO27}]
    sensors:
      - {id: a, driver: tmp102, bus: i2c-1, address: 0x48}
      - {id: b, driver: tmp102, bus: i2c-1, address: 0x49, every: 5s}
    """

  private func settings(_ text: String) throws -> Settings {
    try ConfigurationLoader.load(Array(text.utf8), file: "devices.yaml", environment: { _ in nil })
  }

  /// The difference when one text takes the place of the other.
  private func change(_ old: String, _ new: String) throws -> SettingsChange {
    let text = Self.base.replacing(old, with: new)
    try #require(text != Self.base)
    return SettingsChange(from: try settings(Self.base), to: try settings(text))
  }

  @Test("Nothing: comments, order and spelling")
  func nothing() throws {
    let text = """
      # another order
      sensors:
        - {id: b, driver: tmp102, bus: i2c-1, address: 73, every: 5000ms}
        - {id: a, driver: tmp102, bus: i2c-1, address: 0x48, every: 10s}
      uplink: {broker: "mqtt://broker:1883", qos: 1}
      buses: [{name: i2c-1, power_line: GPIO27}]
      device: {id: here}
      """
    let change = SettingsChange(from: try settings(Self.base), to: try settings(text))
    #expect(change.isEmpty)
    #expect("\(change)" == "nothing has changed")
  }

  @Test("Sensors: new, changed, gone")
  func sensors() throws {
    #expect(try change("every: 5s", "every: 6s").changed == ["b"])
    #expect(try change("every: 5s", "every: 5s, offset: 0.1").changed == ["b"])
    #expect(try change("tmp102, bus: i2c-1, address: 0x48", "tmp112, bus: i2c-1, address: 0x48").changed == ["a"])
    let renamed = try change("id: a", "id: c")
    #expect(renamed.added == ["c"])
    #expect(renamed.removed == ["a"])
    #expect(renamed.changed.isEmpty)
    #expect("\(renamed)" == "sensors: 1 new (c), 1 gone (a)")
    #expect(!renamed.touchesUplink)
    #expect(renamed.buses.isEmpty)
    #expect(renamed.fixed.isEmpty)
  }

  @Test("At the start everything is new, and nothing else")
  func start() throws {
    let change = SettingsChange(from: nil, to: try settings(Self.base))
    #expect(change.added == ["a", "b"])
    #expect(!change.touchesUplink)
    #expect(change.buses.isEmpty)
    #expect(change.fixed.isEmpty)
  }

  @Test("A bus: another power line, or none")
  func buses() throws {
    #expect(try change("GPIO27", "GPIO22").buses == ["i2c-1"])
    let none = try change("buses: [{name: i2c-1, power_line: GPIO27}]\n", "")
    #expect(none.buses == ["i2c-1"])
    #expect(none.sensors.isEmpty)
  }

  @Test(
    "The uplink: its own keys, units of the payload, and with commands the sensors too",
    arguments: [
      ("mqtt://broker", "mqtt://other"), ("mqtt://broker", "mqtt://broker, qos: 2"),
      ("mqtt://broker", "mqtt://broker, topics: {prefix: site}"), ("every: 5s", "every: 5s, unit: F"),
      ("every: 5s", "every: 5s, round: 0.5"), ("mqtt://broker", "mqtt://broker, commands: {allow: [status]}"),
    ])
  func uplink(_ old: String, _ new: String) throws {
    let change = try change(old, new)
    #expect(change.touchesUplink)
    #expect(change.fixed.isEmpty)
    #expect("\(change)".contains("the uplink reconnects"))
  }

  @Test("With commands a new sensor concerns the uplink, another interval does not")
  func commands() throws {
    let base = Self.base.replacing("mqtt://broker", with: "mqtt://broker, commands: {allow: [interval]}")
    func touches(_ old: String, _ new: String) throws -> Bool {
      SettingsChange(from: try settings(base), to: try settings(base.replacing(old, with: new))).touchesUplink
    }
    #expect(try touches("id: a", "id: c"))
    #expect(try touches("every: 5s", "every: 6s") == false)
  }

  @Test("Metrics concern nobody else")
  func metrics() throws {
    let change = try change("uplink:", "metrics: {file: /run/x.prom}\nuplink:")
    #expect(change.touchesMetrics)
    #expect(!change.touchesUplink)
    #expect(change.sensors.isEmpty)
    #expect(change.fixed.isEmpty)
    #expect("\(change)" == "metrics changed")
    #expect(!change.isEmpty)
  }

  @Test(
    "What only a restart can change",
    arguments: [
      ("id: here", "id: there", ["device.id"]),
      ("uplink:", "buffer: {size: 1GiB}\nuplink:", ["buffer"]),
      ("mqtt://broker", "mqtt://broker, order: newest_first", ["uplink.order"]),
      ("uplink:", "status: {socket: /run/x}\nuplink:", ["status.socket"]),
    ])
  func fixed(_ old: String, _ new: String, _ keys: [String]) throws {
    #expect(try change(old, new).fixed == keys)
  }
}
