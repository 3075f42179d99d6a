import Telemetry

@testable import Uplink

/// Sensors with a sample every minute, a spool, and a broker that closes the connection at some publications.
struct ClosingWorld {
  private var courier: Courier
  private var now = Uptime(nanoseconds: 0)
  private var events: [Courier.Event] = [.start]
  /// The records that the courier may fetch, and those that it holds.
  private var free = Shelf()
  private var held = Shelf()
  private(set) var givenUp: [UInt64] = []
  /// The numbers that were delivered, in this order, by stream.
  private(set) var delivered: [String: [UInt64]] = [:]
  private(set) var connections = 0
  private var isUp = false
  private var readerWaits = false
  private var next: UInt64 = 1
  private var nextSample = Uptime(nanoseconds: 0)
  private let sensors: [String]
  private let closes: (Parcel, Uptime) -> Bool

  init(sensors: [String], closes: @escaping (Parcel, Uptime) -> Bool) {
    var limits = CourierLimits()
    limits.retryCeiling = .seconds(4)
    courier = Courier(limits: limits)
    (self.closes, self.sensors) = (closes, sensors)
  }

  var waiting: [Parcel] { (free.parcels + held.parcels).sorted { $0.number < $1.number } }

  /// Within each stream.
  var isInOrder: Bool { delivered.values.allSatisfy { $0 == $0.sorted() } }

  /// Ends half a minute after a sample.
  mutating func run(for duration: Duration) {
    let end = nextSample + (duration - .seconds(30))
    while now < end {
      if !events.isEmpty {
        now = now + .milliseconds(20)
        perform(courier.handle(events.removeFirst(), at: now, random: 0.5))
      } else if let deadline = courier.deadline, deadline < nextSample {
        now = max(now, deadline)
        perform(courier.handle(.timer, at: now, random: 0.5))
      } else if nextSample >= end {
        now = end
      } else {
        now = max(now, nextSample)
        nextSample = nextSample + .seconds(60)
        for sensor in sensors { add { parcel($0, sensor: sensor) } }
      }
    }
  }

  /// `make` is given the record's number.
  mutating func add(_ make: (UInt64) -> Parcel) {
    free.insert(make(next))
    next += 1
    if readerWaits { events.append(.arrival) }
    readerWaits = false
  }

  private mutating func perform(_ actions: [Courier.Action]) { for action in actions { perform(action) } }

  private mutating func perform(_ action: Courier.Action) {
    switch action {
    case .connect:
      connections += 1
      isUp = true
      events.append(.transport(.connected(Capabilities())))
    case .announce(online: true): events.append(.greeted)
    case .abandon: isUp = false
    case .fetch(let after, let limit, _, let ticket):
      let found = free.first(limit, from: after.map { $0 + 1 } ?? 0)
      readerWaits = found.isEmpty
      events.append(.fetched(found, ticket: ticket))
    case .fetchHeld(let first, let limit, let ticket):
      let found = held.first(limit, from: first)
      for parcel in found { held.remove(parcel.number).map { free.insert($0) } }
      events.append(.fetched(found, ticket: ticket))
    case .hold(let number): free.remove(number).map { held.insert($0) }
    case .acknowledge(let number):
      if let parcel = free.remove(number) { delivered[parcel.stream, default: []].append(number) }
    case .reject(let parcel, _):
      givenUp.append(parcel.number)
      free.remove(parcel.number)
    case .publish(let shipment): publish(shipment)
    case .divide(let parcel):
      free.remove(parcel.number)
      divide(parcel)
    case .announce, .disconnect, .discard, .note, .finished: break
    }
  }

  /// As the spool does it: two halves, behind everything else.
  private mutating func divide(_ parcel: Parcel) {
    guard case .report(.gap(let whole)) = parcel.content else { return }
    let middle = whole.spans.count / 2
    for spans in [whole.spans[..<middle], whole.spans[middle...]] {
      add { number in
        let part = Gap(
          identity: Identity(sensor: Event.stream, epoch: 1, sequence: number), time: whole.time, reason: whole.reason,
          count: UInt64(spans.count), spans: Array(spans))
        return Parcel(number: number, record: ReportCoder.encode(.gap(part)))
      }
    }
  }

  private mutating func publish(_ shipment: Shipment) {
    guard isUp else { return }
    guard shipment.parcels.contains(where: { closes($0, now) }) else {
      return events.append(.transport(.acknowledged(.records(shipment.token), .accepted)))
    }
    isUp = false
    // Answers in transit to us are lost.
    events.removeAll { $0 != .arrival }
    events.append(.transport(.failed(reset)))
  }
}

/// Parcels by number.
private struct Shelf {
  private(set) var parcels: [Parcel] = []

  private func index(_ number: UInt64) -> Int {
    var range = parcels.indices
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      range = parcels[middle].number < number ? middle + 1..<range.upperBound : range.lowerBound..<middle
    }
    return range.lowerBound
  }

  func first(_ count: Int, from number: UInt64) -> [Parcel] { Array(parcels[index(number)...].prefix(count)) }

  mutating func insert(_ parcel: Parcel) { parcels.insert(parcel, at: index(parcel.number)) }

  @discardableResult
  mutating func remove(_ number: UInt64) -> Parcel? {
    let index = index(number)
    guard index < parcels.count, parcels[index].number == number else { return nil }
    return parcels.remove(at: index)
  }
}
