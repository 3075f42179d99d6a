/// The kind of board: how a bus is switched on differs between a Raspberry Pi and other boards.
package enum BoardKind: Hashable, Sendable {
  case raspberryPi
  /// `model`: the board's name in the device tree.
  case other(model: String)
  /// A PC, or a board without a model name.
  case unnamed

  private static let model = "/sys/firmware/devicetree/base/model"

  package init(_ sysfs: any Sysfs) {
    // The kernel ends the name with a zero byte, which `text` removes.
    guard let model = sysfs.text(Self.model), !model.isEmpty else {
      self = .unnamed
      return
    }
    self = model.hasPrefix("Raspberry Pi") ? .raspberryPi : .other(model: model)
  }

  /// Advice for a machine without an I²C bus.
  package var noI2C: String {
    switch self {
    case .raspberryPi: "I²C is off: \(Self.line("dtparam=i2c_arm=on"))"
    case .other(let model):
      "no I²C bus is there: switch one on in the device tree of this board (\(model)), with its maker's tool or an overlay; "
        + Self.module
    case .unnamed: "no I²C bus is there: \(Self.module); a board may have to switch its bus on in its device tree first"
    }
  }

  /// Advice for a machine without a 1-Wire bus.
  package var noOneWire: String {
    switch self {
    case .raspberryPi: "1-Wire is off: \(Self.line("dtoverlay=w1-gpio")); the data line is then GPIO4"
    case .other(let model):
      "no 1-Wire bus is there: it takes an overlay w1-gpio for this board (\(model)), or an adapter and its kernel module"
    case .unnamed:
      "no 1-Wire bus is there: it takes an adapter and its kernel module (DS9490: modprobe ds2490), or on a board an overlay "
        + "w1-gpio"
    }
  }

  private static let module = "the kernel module makes the /dev/i2c-*: sudo modprobe i2c-dev"

  private static func line(_ line: String) -> String {
    "add the line \(line) to /boot/firmware/config.txt, and restart the board"
  }
}
