import Drivers
import Telemetry

/// Leaves out readings that say nothing new. Three kinds always pass: the first reading, the first after
/// `maximumSilence`, and one of another quality.
package struct DeadBand: Sendable {
  package struct Rules: Hashable, Sendable {
    /// How far a value has to be from the one published last to be news, in millionths of the unit. Quantities without
    /// an entry are never news, but are published with the others.
    package var bands: [Quantity.Kind: Int64]
    package var maximumSilence: Duration

    package init(bands: [Quantity.Kind: Int64], maximumSilence: Duration) {
      self.bands = bands
      self.maximumSilence = maximumSilence
    }
  }

  private let rules: Rules
  private var last: (sample: Sample, at: Uptime)?

  package init(_ rules: Rules) { self.rules = rules }

  /// Whether to publish this sample. If so, it counts as published.
  package mutating func admits(_ sample: Sample, at now: Uptime) -> Bool {
    if let last, now - last.at < rules.maximumSilence, !isNews(sample, after: last.sample) { return false }
    last = (sample, now)
    return true
  }

  /// The next sample passes, whatever it says.
  package mutating func forget() { last = nil }

  private func isNews(_ sample: Sample, after last: Sample) -> Bool {
    if sample.quality != last.quality || sample.quantities.map(\.kind) != last.quantities.map(\.kind) { return true }
    return zip(sample.quantities, last.quantities).contains { new, old in
      rules.bands[new.kind].map { new.micros.minus(old.micros).magnitude >= $0.magnitude } ?? false
    }
  }
}
