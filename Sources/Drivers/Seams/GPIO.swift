import Telemetry

/// How a GPIO line is named in `devices.yaml`: never by a chip number, which changes between kernels.
package enum LineSelector: Hashable, Sendable {
  /// The line's own name: `GPIO17`.
  case name(String)
  /// The chip's label and the line's offset on it: `pinctrl-bcm2711` 17.
  case chip(label: String, offset: UInt32)
}

extension LineSelector: CustomStringConvertible {
  /// `GPIO17`, or `line 17 of pinctrl-bcm2711`.
  package var description: String {
    switch self {
    case .name(let name): name
    case .chip(let label, let offset): "line \(offset) of \(label)"
    }
  }
}

/// A GPIO chip, as a person looks for it.
package struct GPIOChipInfo: Hashable, Sendable {
  /// `/dev/gpiochip0`: the number changes between kernels.
  package let path: String
  package let label: String
  package let lines: Int

  package init(path: String, label: String, lines: Int) {
    self.path = path
    self.label = label
    self.lines = lines
  }
}

/// A resistor inside the chip.
package enum LineBias: Sendable {
  case asIs, pullUp, pullDown, disabled
}

/// An input line as it is requested.
package struct LineRequest: Hashable, Sendable {
  package let line: LineSelector
  package let bias: LineBias
  /// A low level is the active one.
  package let activeLow: Bool
  /// Its edges are kept.
  package let hasEdges: Bool

  package init(line: LineSelector, bias: LineBias, activeLow: Bool, hasEdges: Bool = false) {
    self.line = line
    self.bias = bias
    self.activeLow = activeLow
    self.hasEdges = hasEdges
  }
}

/// A change of a line's level, as the kernel saw it.
package struct Edge: Hashable, Sendable {
  /// The line became active.
  package let isActive: Bool
  /// On the clock of its `GPIOBank`.
  package let at: Uptime

  package init(isActive: Bool, at: Uptime) {
    self.isActive = isActive
    self.at = at
  }
}

/// Becomes ready when something has happened that is worth a sample at once. For whoever waits; drivers pass it on.
package struct WakeUp: Hashable, Sendable {
  package let descriptor: Int32

  package init(descriptor: Int32) { self.descriptor = descriptor }
}

/// The GPIO lines of a board.
package protocol GPIOBank: AnyObject {
  /// Takes a line as an input. It is given back when the returned line is released.
  func input(_ request: LineRequest) throws(BusError) -> any GPIOLine

  /// Takes a line as an output, driven high or low at first.
  func output(_ line: LineSelector, high: Bool) throws(BusError) -> any GPIOOutput

  /// The clock of the edges, which stands still while the machine sleeps.
  var now: Uptime { get }

  /// Waits. A seam, so that tests and simulations need not.
  func pause(_ duration: Duration)
}

/// One line that was taken.
package protocol GPIOLine: AnyObject {
  /// True while the line is active.
  func isActive() throws(BusError) -> Bool

  /// Those since the last call, oldest first; none of a line that was taken without edges. Of more than some hundred
  /// (libgpiod 1.6: sixteen) some are lost.
  func edges() throws(BusError) -> [Edge]

  /// Ready while there are edges; nil for a line that was taken without.
  var wakeUp: WakeUp? { get }
}

/// A line that is driven.
package protocol GPIOOutput: AnyObject {
  func drive(high: Bool) throws(BusError)

  /// Lets go of the line, and collects its edges for so long: for chips that answer on the line that they are asked on.
  func listen(_ bias: LineBias, for duration: Duration) throws(BusError) -> [Edge]
}
