import Configuration
import Drivers
import Foundation
import Simulation
import Testing

/// `{device}` and the board's names in what the broker sees of the gateway itself.
@Suite("Placeholders in username and client_id")
struct PlaceholderTests {
  private func text(_ uplink: String) -> String {
    """
    device: {id: "cold-{serial}"}
    uplink: {broker: mqtt://127.0.0.1, \(uplink)}
    sensors:
      - {id: a, driver: tmp102, bus: i2c-1, address: 0x48}
    """
  }

  private func load(_ uplink: String, _ board: SimulatedSysfs?) throws(ConfigurationError) -> UplinkSettings {
    try ConfigurationLoader.load(
      Array(text(uplink).utf8), file: "devices.yaml", environment: { _ in nil }, board: board
    ).uplink
  }

  private func reasons(_ uplink: String, _ board: SimulatedSysfs? = nil) -> [String] {
    do throws(ConfigurationError) {
      _ = try load(uplink, board)
      return []
    } catch {
      return error.problems.map { "\($0.path): \($0.reason)" }
    }
  }

  private func raspberry() -> SimulatedSysfs {
    let board = SimulatedSysfs()
    board.set("/sys/firmware/devicetree/base/serial-number", text: "10000000abcd1234\0")
    board.set("/etc/hostname", text: "gateway-3\n")
    return board
  }

  @Test(
    "They are filled in",
    arguments: [
      ("{device}", "cold-10000000abcd1234"), ("gw/{device}/mqtt", "gw/cold-10000000abcd1234/mqtt"),
      ("{hostname}:{serial}", "gateway-3:10000000abcd1234"), ("plain", "plain"), ("of ours}", "of ours}"),
    ])
  func filled(_ written: String, _ expected: String) throws {
    let uplink = try load("username: \"\(written)\", client_id: \"\(written)\"", raspberry())
    #expect(uplink.credentials?.username == expected)
    #expect(uplink.clientID == expected)
  }

  @Test("The identity of a shared key is a name for the broker too")
  func identity() throws {
    let key = String(repeating: "a", count: 32)
    func settings(_ identity: String, _ board: SimulatedSysfs?) throws(ConfigurationError) -> UplinkSettings {
      let tls = "tls: {psk: {identity: \"\(identity)\", key: {env: KEY}}}"
      let text = text(tls).replacingOccurrences(of: "mqtt://", with: "mqtts://")
      let variables = ["KEY": key]
      return try ConfigurationLoader.load(
        Array(text.utf8), file: "devices.yaml", environment: { variables[$0] }, board: board
      ).uplink
    }
    #expect(try settings("{device}", raspberry()).tls?.psk?.identity == "cold-10000000abcd1234")
    #expect(try settings("gw-{serial}", raspberry()).tls?.psk?.identity == "gw-10000000abcd1234")
    #expect(throws: ConfigurationError.self) { try settings("{sensor}", raspberry()) }
  }

  @Test("On another machine the board's own stay, and the device's is filled in as far as it is known")
  func elsewhere() throws {
    let uplink = try load("username: \"{device}\", client_id: \"x-{hostname}\"", nil)
    #expect(uplink.credentials?.username == "cold-{serial}")
    #expect(uplink.clientID == "x-{hostname}")
  }

  @Test(
    "What is no placeholder is refused and never sent",
    arguments: [
      ("\"{sensor}\"", "unknown placeholder {sensor}; known are device, serial, hostname, mac"),
      ("\"{prefix}/x\"", "unknown placeholder {prefix}; known are device, serial, hostname, mac"),
      ("\"{devise}\"", "unknown placeholder {devise}; did you mean \"device\"?"),
      ("\"a{b\"", "has a { without a } (\"a{b\")"),
      ("{device}", "write it in quotes: \"{device}\""),
    ])
  func refused(_ written: String, _ reason: String) {
    // A user name can be an access token, and is not shown.
    let hidden = reason.hasSuffix("(\"a{b\")") ? "has a { without a }" : reason
    for (key, reason) in [("username", hidden), ("client_id", reason)] {
      #expect(reasons("\(key): \(written)", raspberry()) == ["uplink.\(key): \(reason)"])
      #expect(reasons("\(key): \(written)") == ["uplink.\(key): \(reason)"])
    }
  }

  @Test("What is too long once it is filled in is refused")
  func tooLong() {
    let long = String(repeating: "x", count: 50)
    #expect(
      reasons("client_id: \"\(long){device}\"", raspberry()) == [
        "uplink.client_id: is \"\(long)cold-10…\" on this board, and must be 1 to 64 characters"
      ])
  }

  @Test("A name that this board does not have is told as for device.id")
  func missing() {
    let found = reasons("username: \"{hostname}\"", SimulatedSysfs())
    #expect(
      found.contains("uplink.username: {hostname}: this board has no name of its own in /etc/hostname"), "\(found)")
  }
}
