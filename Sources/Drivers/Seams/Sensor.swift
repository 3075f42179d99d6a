import Telemetry

/// A chip, or any other source of readings. It is synchronous: it runs on the thread of its bus and may block it. It
/// has no log, and no clock or file descriptor other than those of its bus.
package protocol Sensor {
  /// Proves that the right chip is there, as far as the chip allows, and sets it up. Called before the first sample
  /// and again after every fault, because the chip may have lost its power and its settings.
  mutating func start() throws(SensorError)

  /// Takes one sample.
  mutating func sample() throws(SensorError) -> Sample

  /// Signals that a sample is worth taking at once; nil: the sensor has no such signal. It changes only in `start` and
  /// `sample`.
  var wakeUp: WakeUp? { get }
}

extension Sensor {
  package var wakeUp: WakeUp? { nil }
}

/// The result of one sample. The first quantity is the one that the sensor is for.
package struct Sample: Hashable, Sendable {
  package let quantities: [Quantity]
  package let quality: Quality
  /// The age of the values, if time stamps tell it. Zero: they are current.
  package let age: Duration

  package init(_ quantities: [Quantity], quality: Quality = .good, age: Duration = .zero) {
    self.quantities = quantities
    self.quality = quality
    self.age = age
  }
}
