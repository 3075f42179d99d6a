import Drivers
import Sampling
import Scheduling
import Spool
import Telemetry

/// Gives observations their identity and puts them into the spool. Lives on the spool's loop, so that the order of the
/// sequence numbers is the order in the spool.
actor Recorder: Pinned {
  nonisolated let loop: any Loop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  private let spool: Spool
  private let epoch: UInt32
  private var sequences: [String: UInt64] = [:]

  init(spool: Spool, epoch: UInt32) {
    self.spool = spool
    self.epoch = epoch
    loop = spool.loop
  }

  func record(_ observation: Station.Observation) {
    switch observation {
    case .sampled(let sensor, let sample, let time):
      let reading = Reading(
        identity: identity(sensor), time: time, quantities: sample.quantities, quality: sample.quality)
      append(.reading(reading), critical: false)
    case .changed(let sensor, .faultBegan(let error), let time):
      record(.sensorFault, at: time, sensor: sensor, detail: "\(error)")
    case .changed(let sensor, .faultEnded(let failures, let lasted), let time):
      let detail = "\(counted(failures, "attempt")) failed in \(brief(lasted))"
      record(.sensorRecovered, at: time, sensor: sensor, detail: detail)
    }
  }

  /// Events are rare and wanted: they are durable at once.
  func record(_ kind: Event.Kind, at time: Stamp, sensor: String?, detail: String) {
    let event = Event(identity: identity(Event.stream), time: time, kind: kind, sensor: sensor, detail: detail)
    append(.event(event), critical: true)
  }

  private func append(_ report: Report, critical: Bool) {
    let record = ReportCoder.encode(report)
    spool.assumeIsolated { _ = $0.append(record, critical: critical) }
  }

  private func identity(_ stream: String) -> Identity {
    let sequence = (sequences[stream] ?? 0) + 1
    sequences[stream] = sequence
    return Identity(sensor: stream, epoch: epoch, sequence: sequence)
  }
}
