import Drivers
import Telemetry

/// A 1-Wire bus as w1_therm shows it: devices convert one by one, or all at once on `trigger`.
package final class SimulatedOneWire {
  static let path = "/sys/bus/w1/devices/w1_bus_master1"

  private struct Device {
    let twin: ChipInputs
    /// The scratchpad's temperature in sixteenths of a degree; 85 °C after power-on.
    var converted: Int64 = 85 * 16
    var hasConverted = false
    /// The next read returns this value without another conversion.
    var isHeld = false
    var powerLosses: Int64
  }

  /// No device answers the reset before a conversion of all devices.
  package var isDeaf = false

  private let time: SimulatedTime
  private var devices: [String: Device] = [:]

  init(on sysfs: SimulatedSysfs, time: SimulatedTime) {
    self.time = time
    // No owner: the bus stays when its sensors are gone.
    sysfs.adding(faultsOf: nil) { sysfs.set(Self.path + "/name", text: "w1_bus_master1\n") }
    sysfs.onWrite(Self.path + "/therm_bulk_read") { [unowned self] bytes in
      // Anything else is ignored, as in the kernel.
      if bytes == Array("trigger\n".utf8) { convertAll() }
      return .success(())
    }
  }

  func add(_ name: String, _ twin: ChipInputs) {
    devices[name] = Device(twin: twin, powerLosses: twin.script.powerLosses)
  }

  /// Reads a device's temperature in sixteenths of a degree, after a conversion unless the value is held.
  func temperature(of name: String) -> Int64 {
    if devices[name]?.isHeld != true {
      time.pause(.milliseconds(750))
      convert(name)
    }
    devices[name]?.isHeld = false
    return devices[name]?.converted ?? 0
  }

  /// Whether the device's scratchpad has the result of a conversion.
  func hasConverted(_ name: String) -> Bool { devices[name]?.hasConverted ?? false }

  /// Converts on all devices that answer. Even when none answers, the kernel takes the values in all scratchpads for
  /// converted.
  package func convertAll() {
    let present = isDeaf ? [] : devices.filter { Self.hears($0.value.twin) }.map(\.key)
    if !present.isEmpty { time.pause(.milliseconds(750)) }
    for name in present { convert(name) }
    for name in devices.keys { devices[name]?.isHeld = true }
  }

  private static func hears(_ twin: ChipInputs) -> Bool {
    switch twin.script.current {
    case .disconnected, .noAcknowledge, .stuck: false
    case .garbled, .lostEdges, .slow, nil: true
    }
  }

  /// Converts on one device. If it has lost its power since its last conversion, it shows the 85 °C of power-on.
  private func convert(_ name: String) {
    guard let device = devices[name] else { return }
    let losses = device.twin.script.powerLosses
    let isPowered = losses == device.powerLosses
    devices[name]?.converted = isPowered ? device.twin.temperature.value(at: time.now()) / 62_500 : 85 * 16
    devices[name]?.hasConverted = isPowered
    devices[name]?.powerLosses = losses
  }
}
