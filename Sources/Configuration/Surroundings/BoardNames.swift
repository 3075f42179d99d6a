import Drivers
import Telemetry

/// Names that distinguish a board from others flashed with the same image. Each name is the same at every boot.
struct BoardNames {
  struct Missing: Error {
    let reason: String
    /// Whether the name may still appear: interfaces come up while the board boots.
    var mayCome = false
  }

  static let all = ["serial", "hostname", "mac"]

  let files: any Sysfs

  func name(_ name: String) throws(Missing) -> String {
    switch name {
    case "serial": try serial()
    case "hostname": try hostname()
    default: try mac()
    }
  }

  /// The serial number in the device tree, put there by the boot loader or the firmware; zeros if there never was one.
  private func serial() throws(Missing) -> String {
    let path = Self.deviceTree + "/serial-number"
    guard let serial = text(path), serial.contains(where: { $0 != "0" }) else {
      throw Missing(reason: "this board has no serial number: \(path) is missing or zero")
    }
    return serial
  }

  /// The configured host name, not one leased by a DHCP server.
  private func hostname() throws(Missing) -> String {
    let lines = (text("/etc/hostname") ?? "").split(whereSeparator: \.isNewline)
    guard let name = lines.first(where: { !$0.hasPrefix("#") }), name != "localhost" else {
      throw Missing(reason: "this board has no name of its own in /etc/hostname")
    }
    return String(name)
  }

  /// The MAC address of the device tree's first Ethernet interface, which is known from the start. Otherwise that of
  /// the first interface present: built-in before USB, wired before wireless. Addresses that were made up do not count.
  /// Throws while the board starts: the first interface may be missing, and another one would name the board.
  private func mac() throws(Missing) -> String {
    if let address = macInDeviceTree() { return address }
    if let uptime, uptime < Self.startOfBoard {
      throw Missing(
        reason: "this board has just started: its network interfaces may not all be there yet", mayCome: true)
    }
    let interfaces = ((try? files.entries(of: Self.interfaces)) ?? []).compactMap(interface)
    guard let first = interfaces.min(by: { $0.rank < $1.rank }) else {
      throw Missing(reason: "this board has no network interface with an address of its own", mayCome: true)
    }
    return first.address
  }

  /// Seconds since boot; nil: not known.
  private var uptime: Int? { text("/proc/uptime")?.split(separator: ".").first.flatMap { Int($0) } }

  private func macInDeviceTree() -> String? {
    guard let node = text(Self.deviceTree + "/aliases/ethernet0"), node.hasPrefix("/") else { return nil }
    for property in ["mac-address", "local-mac-address"] {
      guard let bytes = try? files.read("\(Self.deviceTree)\(node)/\(property)"), bytes.count == 6,
        bytes.contains(where: { $0 != 0 }), bytes[0] & 1 == 0
      else { continue }
      return bytes.hexadecimal()
    }
    return nil
  }

  private struct Interface {
    struct Rank: Comparable {
      let isPluggable: Bool
      let isWireless: Bool
      let device: String

      static func < (a: Rank, b: Rank) -> Bool {
        (a.isPluggable ? 1 : 0, a.isWireless ? 1 : 0, a.device) < (
          b.isPluggable ? 1 : 0, b.isWireless ? 1 : 0, b.device
        )
      }
    }

    let address: String
    let rank: Rank
  }

  private func interface(_ name: String) -> Interface? {
    let path = "\(Self.interfaces)/\(name)"
    guard let device = try? files.target(ofLink: path + "/device"),
      text(path + "/type") == Self.ethernet, text(path + "/addr_assign_type") == Self.permanent,
      let address = text(path + "/address")?.filter({ $0 != ":" }), address.contains(where: { $0 != "0" }),
      let entries = try? files.entries(of: path)
    else { return nil }
    let isWireless = entries.contains("wireless") || entries.contains("phy80211")
    return Interface(
      address: address, rank: .init(isPluggable: device.holds("/usb"), isWireless: isWireless, device: device))
  }

  /// The text of a file, without the NUL that ends texts in the device tree, and without white space around it.
  private func text(_ path: String) -> String? {
    guard let bytes = try? files.read(path) else { return nil }
    let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
      let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return nil }
    return String(text[first...last])
  }

  /// Seconds after which drivers have found their interfaces.
  private static let startOfBoard = 30
  private static let deviceTree = "/sys/firmware/devicetree/base"
  private static let interfaces = "/sys/class/net"
  /// ARPHRD_ETHER, which Wi-Fi has too.
  private static let ethernet = "1"
  /// NET_ADDR_PERM
  private static let permanent = "0"
}
