import Drivers
import Telemetry

/// Turns a raw sample into a refined one: calibrates, rejects values outside the plausible range, then smooths. So an
/// outlier is a fault and never enters the mean.
package struct Refinement: Sendable {
  /// The rules of one quantity, in millionths of its unit.
  package struct Rules: Hashable, Sendable {
    package var calibration: Calibration
    /// A calibrated value outside this range is a fault, not a reading; nil: every value is accepted.
    package var range: ClosedRange<Int64>?
    package var smoothing: Smoothing?

    package init(
      calibration: Calibration = Calibration(), range: ClosedRange<Int64>? = nil, smoothing: Smoothing? = nil
    ) {
      self.calibration = calibration
      self.range = range
      self.smoothing = smoothing
    }
  }

  private var rules: [Quantity.Kind: Rules]
  private let expected: Set<Quantity.Kind>

  /// `expected`: quantities with settings, so that a sample without one of them is a fault. Only the device knows what
  /// an input of a kernel driver measures.
  package init(_ rules: [Quantity.Kind: Rules], expected: Set<Quantity.Kind> = []) {
    self.rules = rules
    self.expected = expected
  }

  /// A quantity without rules, and a contact, stay as they are. A sample with a fault in it leaves no trace.
  package mutating func refine(_ sample: Sample) throws(SensorError) -> Sample {
    try checkExpected(sample)
    var quantities: [Quantity] = []
    for quantity in sample.quantities { quantities.append(try calibrated(quantity)) }
    return Sample(quantities.map { smoothed($0) }, quality: sample.quality, age: sample.age)
  }

  /// Clears the smoothing. Nobody knows how long a fault lasted, so old values are not mixed with new ones.
  package mutating func forget() { for kind in rules.keys { rules[kind]?.smoothing?.forget() } }

  /// An alarm that could never be raised is worse than a fault that somebody sees.
  private func checkExpected(_ sample: Sample) throws(SensorError) {
    let measured = sample.quantities.map(\.kind)
    guard let missing = expected.first(where: { !measured.contains($0) }), let first = measured.first else { return }
    throw .malformed(
      "it measures \(measured.map(\.name).joined(separator: " and ")), and what is set for it is for \(missing.name): "
        + "put it into `\(first.name): {…}`", bytes: [])
  }

  private func calibrated(_ quantity: Quantity) throws(SensorError) -> Quantity {
    guard let rules = rules[quantity.kind], quantity.kind != .contact else { return quantity }
    let corrected = quantity.with(rules.calibration.corrected(quantity.micros))
    guard let range = rules.range, !range.contains(corrected.micros) else { return corrected }
    let allowed = quantity.with(range.lowerBound)...quantity.with(range.upperBound)
    throw .implausible(corrected, allowed: allowed)
  }

  private mutating func smoothed(_ quantity: Quantity) -> Quantity {
    guard quantity.kind != .contact, let value = rules[quantity.kind]?.smoothing?.add(quantity.micros) else {
      return quantity
    }
    return quantity.with(value)
  }
}

extension Quantity {
  /// The same kind of quantity with another value; a humidity stays between 0 and 100 %.
  fileprivate func with(_ micros: Int64) -> Quantity {
    let micros = kind == .humidity ? min(max(micros, 0), 100_000_000) : micros
    return Quantity(kind, micros: micros) ?? self
  }
}

/// A sensor whose samples are refined.
package struct RefinedSensor: Sensor {
  private var sensor: any Sensor
  private var refinement: Refinement

  package init(_ sensor: any Sensor, _ refinement: Refinement) {
    self.sensor = sensor
    self.refinement = refinement
  }

  package mutating func start() throws(SensorError) {
    refinement.forget()
    try sensor.start()
  }

  package mutating func sample() throws(SensorError) -> Sample { try refinement.refine(try sensor.sample()) }
}
