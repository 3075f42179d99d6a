import Telemetry

/// A chip, or anything else that can be asked for a value. Synchronous: it runs on the thread of its bus, which may
/// block. It sees no clock, no log and no file descriptor.
package protocol Sensor {
  /// Proves that the right chip is there, as far as the chip allows, and sets it up. Called before the first sample
  /// and again after every fault, because the chip may have lost its power and its settings.
  mutating func start() throws(SensorError)

  /// Takes one sample.
  mutating func sample() throws(SensorError) -> Sample

  /// What says that a sample is worth taking at once; nil: nothing does. Changes with `start` and `sample` only.
  var wakeUp: WakeUp? { get }
}

extension Sensor {
  package var wakeUp: WakeUp? { nil }
}

/// What one sample gave: the first quantity is the one that the sensor is for.
package struct Sample: Hashable, Sendable {
  package let quantities: [Quantity]
  package let quality: Quality
  /// How long ago it was so, where the kernel's time stamps tell; zero: now.
  package let age: Duration

  package init(_ quantities: [Quantity], quality: Quality = .good, age: Duration = .zero) {
    self.quantities = quantities
    self.quality = quality
    self.age = age
  }
}
