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

/// A GPIO chip, as listed for a person.
package struct GPIOChipInfo: Hashable, Sendable {
  /// The device, `/dev/gpiochip0`. Its number changes between kernels.
  package let path: String
  package let label: String
  package let lines: Int

  package init(path: String, label: String, lines: Int) {
    self.path = path
    self.label = label
    self.lines = lines
  }
}

/// The pull resistor inside the GPIO chip.
package enum LineBias: Sendable {
  case asIs, pullUp, pullDown, disabled
}

/// A request for an input line.
package struct LineRequest: Hashable, Sendable {
  package let line: LineSelector
  package let bias: LineBias
  /// True: a low level counts as active.
  package let activeLow: Bool
  /// True: the line's edges are recorded.
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
  /// True: the line became active. False: it became inactive.
  package let isActive: Bool
  /// When the kernel saw the edge, on the clock of the `GPIOBank`.
  package let at: Uptime

  package init(isActive: Bool, at: Uptime) {
    self.isActive = isActive
    self.at = at
  }
}

/// A descriptor that becomes ready when something has happened that is worth sampling at once. Drivers only pass it on;
/// their caller waits on it.
package struct WakeUp: Hashable, Sendable {
  package let descriptor: Int32

  package init(descriptor: Int32) { self.descriptor = descriptor }
}

/// The GPIO lines of a board.
package protocol GPIOBank: AnyObject {
  /// Requests a line as an input. The line is given back when the returned object is released.
  func input(_ request: LineRequest) throws(BusError) -> any GPIOLine

  /// Requests a line as an output, driven high or low from the start.
  func output(_ line: LineSelector, high: Bool) throws(BusError) -> any GPIOOutput

  /// The clock of the edges. It stops while the machine sleeps.
  var now: Uptime { get }

  /// Waits. This is a seam so that tests and simulations do not have to wait.
  func pause(_ duration: Duration)
}

/// An input line that has been requested.
package protocol GPIOLine: AnyObject {
  /// True while the line is active.
  func isActive() throws(BusError) -> Bool

  /// The edges since the last call, oldest first. Empty for a line that was requested without edges. Beyond a few
  /// hundred unread edges (libgpiod 1.6: sixteen) some are lost.
  func edges() throws(BusError) -> [Edge]

  /// Ready while there are unread edges; nil for a line that was requested without edges.
  var wakeUp: WakeUp? { get }
}

/// An output line.
package protocol GPIOOutput: AnyObject {
  func drive(high: Bool) throws(BusError)

  /// Stops driving the line and collects its edges for `duration`. This is for chips that answer on the line over which
  /// they are asked.
  func listen(_ bias: LineBias, for duration: Duration) throws(BusError) -> [Edge]
}
