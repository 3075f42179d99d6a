import CI2C
import Drivers
import Glibc
import Telemetry

/// The bus of a `/dev/i2c-N`. Not to be shared between threads.
///
/// Transfers use I2C_RDWR. An adapter with SMBus only (a PC's, or the kernel's i2c-stub) is used through libi2c. The
/// adapter's time-out and retries are left unchanged: everybody on the bus shares them.
package final class KernelI2CBus: I2CBus {
  private let name: String
  private let root: String
  private let descriptor: Int32
  private let hasPlainI2C: Bool
  /// The address that was claimed last, which SMBus transfers go to. `checked` has all addresses that no kernel driver
  /// was bound to when they were first used.
  private var claimed: I2CAddress?
  private var checked: Set<I2CAddress> = []

  /// `bus` is the name of the device, `i2c-1`; `root` is put before `/dev` and `/sys`.
  package init(bus: String, root: String = "") throws(BusError) {
    name = bus
    self.root = root
    let path = "\(root)/dev/\(bus)"
    descriptor = ci2c_open(path)
    guard descriptor >= 0 else { throw BusError(opening: path, errno: -descriptor) }
    hasPlainI2C = ci2c_has_plain_i2c(descriptor) == 1
  }

  deinit { close(descriptor) }

  /// Names of the buses of this machine, in the order of their numbers.
  package static func names(root: String = "") -> [String] {
    let entries = (try? KernelSysfs(root: root).entries(of: "/dev")) ?? []
    let numbers = entries.filter { $0.hasPrefix("i2c-") }.compactMap { Int($0.dropFirst(4)) }
    return numbers.sorted().map { "i2c-\($0)" }
  }

  package func transfer(to address: I2CAddress, write bytes: [UInt8], read count: Int) throws(BusError) -> [UInt8] {
    try claim(address)
    var received = [UInt8](repeating: 0, count: count)
    let (written, wanted) = (UInt16(bytes.count), UInt16(count))
    // Tried once: after a lost arbitration `I2CDevice` tries again.
    let result =
      hasPlainI2C
      ? ci2c_transfer(descriptor, UInt16(address.value), bytes, written, &received, wanted)
      : ci2c_smbus_transfer(descriptor, bytes, written, &received, wanted)
    guard result >= 0 else { throw BusError(errno: -result, operation(address, bytes.count, count)) }
    return received
  }

  package func pause(_ duration: Duration) { SystemClock.sleep(duration) }

  /// Checks that no kernel driver uses the chip, which I2C_SLAVE does and I2C_RDWR does not. I2C_SLAVE also sets the
  /// address for SMBus.
  private func claim(_ address: I2CAddress) throws(BusError) {
    if hasPlainI2C ? checked.contains(address) : claimed == address { return }
    let result = ci2c_claim(descriptor, UInt16(address.value))
    if result == -EBUSY {
      throw BusError(.claimed(driver: owner(of: address)), "use \(address) on \(name)", code: EBUSY)
    }
    guard result >= 0 else { throw BusError(errno: -result, "use \(address) on \(name)") }
    checked.insert(address)
    claimed = address
  }

  /// Name of the kernel driver that `/sys/bus/i2c/devices/1-0048/driver` points to.
  private func owner(of address: I2CAddress) -> String {
    let number = name.split(separator: "-").last ?? ""
    let link = "/sys/bus/i2c/devices/\(number)-\(String(address.value, radix: 16, padded: 4))/driver"
    let target = try? KernelSysfs(root: root).target(ofLink: link)
    return target?.split(separator: "/").last.map(String.init) ?? "unknown"
  }

  private func operation(_ address: I2CAddress, _ written: Int, _ wanted: Int) -> String {
    let parts = [written > 0 ? "write \(written)" : nil, wanted > 0 ? "read \(wanted)" : nil].compactMap { $0 }
    return "\(parts.joined(separator: ", ")) bytes at \(address) on \(name)"
  }
}
