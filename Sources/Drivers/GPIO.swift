/// How a GPIO line is named in `devices.yaml`: never by a chip number, which changes between kernels.
public enum LineSelector: Hashable, Sendable {
  /// The line's own name: `GPIO17`.
  case name(String)
  /// The chip's label and the line's offset on it: `pinctrl-bcm2711` 17.
  case chip(label: String, offset: UInt32)
}

extension LineSelector: CustomStringConvertible {
  /// `GPIO17`, or `line 17 of pinctrl-bcm2711`.
  public var description: String {
    switch self {
    case .name(let name): name
    case .chip(let label, let offset): "line \(offset) of \(label)"
    }
  }
}

/// A GPIO chip, as a person looks for it.
public struct GPIOChipInfo: Hashable, Sendable {
  /// `/dev/gpiochip0`: the number changes between kernels.
  public let path: String
  public let label: String
  public let lines: Int

  public init(path: String, label: String, lines: Int) {
    self.path = path
    self.label = label
    self.lines = lines
  }
}

/// A resistor inside the chip.
public enum LineBias: Sendable {
  case asIs, pullUp, pullDown, disabled
}

/// An input line as it is requested.
public struct LineRequest: Hashable, Sendable {
  public let line: LineSelector
  public let bias: LineBias
  /// A low level is the active one.
  public let activeLow: Bool

  public init(line: LineSelector, bias: LineBias, activeLow: Bool) {
    self.line = line
    self.bias = bias
    self.activeLow = activeLow
  }
}

/// The GPIO lines of a board.
public protocol GPIOBank: AnyObject {
  /// Takes a line as an input. It is given back when the returned line is released.
  func input(_ request: LineRequest) throws(BusError) -> any GPIOLine
}

/// One line that was taken.
public protocol GPIOLine: AnyObject {
  /// True while the line is active.
  func isActive() throws(BusError) -> Bool
}
