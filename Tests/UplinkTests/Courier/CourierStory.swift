import Telemetry
import Testing

@testable import Uplink

/// A courier, a clock, and the actions since the last look. Waits are the longest possible: random is just below 1.
struct Story {
  var courier: Courier
  var now = Uptime(nanoseconds: 0)
  var random = 0.999_999

  init(inFlight: Int = 4, _ set: (inout CourierLimits) -> Void = { _ in }) {
    var limits = CourierLimits()
    (limits.inFlight, limits.slot, limits.retryCeiling) = (inFlight, 1, .seconds(60))
    set(&limits)
    courier = Courier(limits: limits)
  }

  mutating func on(_ event: Courier.Event) -> [Courier.Action] { courier.handle(event, at: now, random: random) }

  /// Moves to the courier's own deadline and fires the timer.
  mutating func deadline() -> [Courier.Action] {
    if let deadline = courier.deadline { now = deadline }
    return on(.timer)
  }

  mutating func wait(_ duration: Duration) { now = now + duration }

  /// Up to the first fetch.
  mutating func connect(_ broker: Capabilities = Capabilities()) {
    if case .some = courier.deadline { _ = deadline() } else { _ = on(.start) }
    _ = on(.transport(.connected(broker)))
  }

  mutating func accept(_ number: UInt64) -> [Courier.Action] {
    on(.transport(.acknowledged(.records(number), .accepted)))
  }
}

func parcel(_ number: UInt64, sensor: String = "hall", isAhead: Bool = false) -> Parcel {
  let reading = Reading(
    identity: Identity(sensor: sensor, epoch: 1, sequence: number),
    time: Stamp(boot: .unknown, uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 0), synced: false),
    quantities: [], quality: .good)
  return Parcel(number: number, record: ReportCoder.encode(.reading(reading)), isAhead: isAhead)
}

func parcels(_ numbers: ClosedRange<UInt64>) -> [Parcel] { numbers.map { parcel($0) } }

func published(_ actions: [Courier.Action]) -> [UInt64] {
  actions.compactMap { if case .publish(let shipment) = $0 { shipment.token } else { nil } }
}

let reset = LinkFailure(.broken, "reset")
