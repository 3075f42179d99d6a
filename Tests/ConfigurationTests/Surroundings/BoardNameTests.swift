import Configuration
import Drivers
import Simulation
import Testing

/// One image for a fleet: `{serial}`, `{hostname}` and `{mac}` in `device.id`.
@Suite("The board's own name")
struct BoardNameTests {
  private static let serial = "/sys/firmware/devicetree/base/serial-number"
  private static let net = "/sys/class/net"

  private func text(_ id: String) -> String {
    """
    device:
      id: \(id)
    uplink: {broker: mqtt://127.0.0.1}
    sensors:
      - {id: a, driver: tmp102, bus: i2c-1, address: 0x48}
    """
  }

  private func id(_ written: String, _ board: SimulatedSysfs?) throws(ConfigurationError) -> Settings {
    try ConfigurationLoader.load(
      Array(text(written).utf8), file: "devices.yaml", environment: { _ in nil }, board: board)
  }

  private func complaint(_ written: String, _ board: SimulatedSysfs?) -> String? {
    do throws(ConfigurationError) {
      _ = try id(written, board)
      return nil
    } catch {
      return error.problems.map { "\($0.line):\($0.column) \($0.path): \($0.reason)" }.joined(separator: "\n")
    }
  }

  /// An interface as the kernel shows it.
  private func add(
    _ name: String, at device: String, _ address: String, to board: SimulatedSysfs, assigned: String = "0",
    isWireless: Bool = false
  ) {
    let path = "/sys/devices/\(device)/net/\(name)"
    board.link("\(Self.net)/\(name)", to: path)
    board.link("\(path)/device", to: "/sys/devices/\(device)")
    board.set("/sys/devices/\(device)/uevent", text: "")
    board.set("\(path)/type", text: "1\n")
    board.set("\(path)/addr_assign_type", text: assigned + "\n")
    board.set("\(path)/address", text: address + "\n")
    if isWireless { board.set("\(path)/phy80211/index", text: "0\n") }
  }

  private func raspberry() -> SimulatedSysfs {
    let board = SimulatedSysfs()
    board.set(Self.serial, text: "10000000abcd1234\0")
    board.set("/etc/hostname", text: "# by the installer\ngateway-3.example\n")
    add("wlan0", at: "platform/mmc/sdio", "b8:27:eb:00:00:02", to: board, isWireless: true)
    add("eth0", at: "platform/usb1/1-1", "b8:27:eb:00:00:01", to: board)
    return board
  }

  @Test(
    "Placeholders become what the board is called",
    arguments: [
      ("coldstore-{serial}", "coldstore-10000000abcd1234"), ("\"{hostname}\"", "gateway-3.example"),
      ("'{mac}.{serial}'", "b827eb000002.10000000abcd1234"), ("plain", "plain"),
    ])
  func names(written: String, expected: String) throws {
    let settings = try id(written, raspberry())
    #expect(settings.device.id == expected)
    #expect(settings.uplink.clientID == expected)
  }

  @Test("Where nobody knows the board they stay as they are, and what stands around them is checked all the same")
  func elsewhere() throws {
    #expect(try id("cold-{serial}", nil).device.id == "cold-{serial}")
    #expect(complaint("cold store {serial}", nil)?.contains("2:7 device.id: must be 1 to 64 of") == true)
  }

  @Test(
    "What cannot be a placeholder",
    arguments: [
      ("a-{seral}", "2:7 device.id: unknown placeholder {seral}; did you mean \"serial\"?"),
      ("a-{serial", "2:7 device.id: has a { without a } (\"a-{serial\")"),
      ("{serial}", "2:7 device.id: write it in quotes: \"{serial}\""),
      (
        "a}-{serial}",
        "2:7 device.id: must be 1 to 64 of the characters a-z, A-Z, 0-9, -, _ and ., and {serial}, {hostname}, {mac}, "
          + "not \"a}-{serial}\""
      ),
      ("a}", "2:7 device.id: must be 1 to 64 of the characters a-z, A-Z, 0-9, -, _ and ., not \"a}\""),
    ])
  func mistakes(written: String, expected: String) {
    for board in [nil, raspberry()] { #expect(complaint(written, board) == expected) }
  }

  @Test(
    "A serial number that was never given is none",
    arguments: [nil, "", "\0", "0000000000000000\0", "  \n"])
  func noSerial(content: String?) {
    let board = raspberry()
    board.remove(Self.serial)
    if let content { board.set(Self.serial, text: content) }
    #expect(
      complaint("a-{serial}", board)
        == "2:7 device.id: {serial}: this board has no serial number: \(Self.serial) is missing or zero")
  }

  @Test("A host name that every board has is none", arguments: [nil, "", "# only this\n", "localhost\n"])
  func noHostname(content: String?) {
    let board = raspberry()
    board.remove("/etc/hostname")
    if let content { board.set("/etc/hostname", text: content) }
    #expect(
      complaint("a-{hostname}", board)
        == "2:7 device.id: {hostname}: this board has no name of its own in /etc/hostname")
  }

  @Test(
    "What is no level of a topic is shown as it would be", arguments: ["a/b", "ü", String(repeating: "9", count: 65)])
  func wrongSerial(serial: String) {
    let board = raspberry()
    board.set(Self.serial, text: serial + "\0")
    let complaint = complaint("\"{serial}\"", board)
    #expect(complaint?.hasPrefix("2:7 device.id: is \"\(serial.prefix(57))") == true, "\(complaint ?? "none")")
    #expect(
      complaint?.hasSuffix("on this board, and must be 1 to 64 of the characters a-z, A-Z, 0-9, -, _ and .") == true)
  }

  @Test("The device tree's first Ethernet is the board, whatever interfaces are there yet")
  func deviceTree() throws {
    let board = raspberry()
    board.set("/sys/firmware/devicetree/base/aliases/ethernet0", text: "/scb/ethernet@7d580000\0")
    let address = "/sys/firmware/devicetree/base/scb/ethernet@7d580000/local-mac-address"
    board.set(address) { .success([0xDC, 0xA6, 0x32, 0x0, 0x1, 0xFF]) }
    #expect(try id("\"{mac}\"", board).device.id == "dca6320001ff")
    for bytes: [UInt8] in [[0, 0, 0, 0, 0, 0], [1, 2], [0x01, 0xA6, 0x32, 0, 0, 1], []] {
      board.set(address) { .success(bytes) }
      #expect(try id("\"{mac}\"", board).device.id == "b827eb000002", "\(bytes)")
    }
  }

  @Test("A USB adapter, and an address that was made up, change nothing")
  func pluggedIn() throws {
    let board = raspberry()
    add("eth1", at: "platform/pci/made-up", "02:00:00:00:00:01", to: board, assigned: "1")
    add("enx1", at: "platform/usb0/0-1", "00:00:00:00:00:09", to: board)
    board.set("\(Self.net)/lo/type", text: "772\n")
    #expect(try id("\"{mac}\"", board).device.id == "b827eb000002")
    add("end0", at: "platform/zz-ethernet", "b8:27:eb:00:00:03", to: board)
    #expect(try id("\"{mac}\"", board).device.id == "b827eb000003")
  }

  @Test("Only a missing interface may pass by itself")
  func passing() {
    func mayPass(_ written: String) -> Bool? {
      do throws(ConfigurationError) {
        _ = try id(written, SimulatedSysfs())
        return nil
      } catch {
        return error.mayPass
      }
    }
    #expect(mayPass("\"{mac}\"") == true)
    #expect(mayPass("\"{serial}\"") == false)
    #expect(mayPass("\"{mac}\"\nbogus: 1") == false)
  }

  @Test("While the board starts its interfaces may not all be there: without an address in the device tree it waits")
  func startOfBoard() throws {
    let board = raspberry()
    board.set("/proc/uptime", text: "12.31 20.10\n")
    #expect(
      complaint("\"{mac}\"", board)
        == "2:7 device.id: {mac}: this board has just started: its network interfaces may not all be there yet")
    do throws(ConfigurationError) {
      _ = try id("\"{mac}\"", board)
    } catch {
      #expect(error.mayPass)
    }
    board.set("/proc/uptime", text: "30.00 20.10\n")
    #expect(try id("\"{mac}\"", board).device.id == "b827eb000002")
  }
}
