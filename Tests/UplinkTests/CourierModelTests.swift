import Simulation
import Telemetry
import Testing

@testable import Uplink

/// A broker and a network without mercy: parcels are lost with connections, acknowledgements come late or never. At the
/// end the weather is good, and everything must have arrived, in order.
@Suite("The courier in every weather")
struct CourierModelTests {
  private struct Weather {
    var random: SeededRandom
    mutating func chance(_ percent: UInt64) -> Bool { random.next() % 100 < percent }
  }

  private func parcel(_ number: UInt64, isAhead: Bool = false) -> Parcel {
    let reading = Reading(
      identity: Identity(sensor: "s\(number % 2)", epoch: 1, sequence: number),
      time: Stamp(boot: .unknown, uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 0), synced: false),
      quantities: [], quality: .good)
    return Parcel(number: number, record: ReportCoder.encode(.reading(reading)), isAhead: isAhead)
  }

  @Test("Nothing is lost, nothing is acknowledged that did not arrive, order holds per connection", arguments: 1...40)
  func everyWeather(_ seed: Int) {
    var weather = Weather(random: SeededRandom(seed: UInt64(seed)))
    var limits = CourierLimits()
    (limits.inFlight, limits.batch) = (1 + seed % 7, 1 + seed % 3)
    (limits.connect, limits.acknowledge) = (.seconds(5), .seconds(3))
    limits.rate = seed % 5 == 0 ? 40 : nil
    limits.gather = seed % 4 == 0 ? .seconds(1) : .zero
    var courier = Courier(limits: limits)
    var now = Uptime(nanoseconds: 0)
    let total: UInt64 = 200
    // The broker breaks off whenever it is sent.
    let poison: UInt64? = seed % 3 == 0 ? 50 + UInt64(seed) : nil
    var spooled = Set(1...total)
    var held: Set<UInt64> = []
    var arrived: [UInt64] = []
    /// The newest of each sensor.
    var newest: [UInt64: UInt64] = [:]
    var probing: Set<UInt64> = []
    // Of what is on its way beside a refused message, some has arrived: from then on the order is not that of the spool.
    var wasRefused = false
    var queue: [Courier.Event] = [.start]
    var pendingAcks: [UInt64] = []
    var isUp = false
    var isDialling = false
    var isDropping = false

    for step in 0..<40_000 where !spooled.isEmpty {
      let isFair = step > 3_000
      let event: Courier.Event
      if !queue.isEmpty {
        event = queue.removeFirst()
      } else if isDialling {
        isDialling = false
        if !isFair, weather.chance(40) {
          event = .transport(.failed(.library(operation: "connect", code: 14, detail: "refused")))
        } else if !isFair, weather.chance(20) {
          continue  // no CONNACK: only the deadline helps
        } else {
          (isUp, isDropping) = (true, false)
          event = .transport(.connected(receiveMaximum: nil))
        }
      } else if isUp, !isFair, weather.chance(10) {
        isUp = false
        pendingAcks = []
        event = .transport(.failed(.library(operation: "read", code: 7, detail: "lost")))
      } else if isUp, !pendingAcks.isEmpty, isFair || weather.chance(70) {
        let index = Int(weather.random.next() % UInt64(pendingAcks.count))
        let token = Token(pendingAcks.remove(at: index))
        let reason: UInt8 = [0x80, 0x87, 0x97].randomElement(using: &weather.random) ?? 0
        event = .transport(
          .acknowledged(token, !isFair && weather.chance(10) ? .refused(reason: reason, meaning: "no") : .accepted))
      } else {
        now = max(now + .milliseconds(100), courier.deadline ?? now)
        event = .timer
      }
      for action in courier.handle(event, at: now, random: 0.5) {
        switch action {
        case .connect: isDialling = true
        case .abandon:
          isUp = false
          isDialling = false
          pendingAcks = []
        case .fetch(let after, let limit, _, let ticket):
          let next = spooled.subtracting(held).filter { $0 > after ?? 0 }.sorted().prefix(limit)
          queue.append(.fetched(next.map { parcel($0) }, ticket: ticket))
        case .fetchHeld(let first, let limit, let ticket):
          let next = held.filter { $0 >= first }.sorted().prefix(limit)
          held.subtract(next)
          probing.formUnion(next)
          queue.append(.fetched(next.map { parcel($0, isAhead: true) }, ticket: ticket))
        case .publish(let shipment):
          // What comes after something that was lost is lost too: it is a stream.
          if !isFair, weather.chance(3) { isDropping = true }
          guard isUp, !isDropping else { continue }
          let fresh = shipment.numbers.filter { !arrived.contains($0) && !probing.contains($0) }
          for number in fresh {
            #expect(number > newest[number % 2, default: 0] || wasRefused, "seed \(seed): \(number)")
            newest[number % 2] = number
          }
          if let poison, shipment.numbers.contains(poison) {
            isUp = false
            pendingAcks = []
            queue.append(.transport(.failed(.library(operation: "read", code: 7, detail: "lost"))))
            continue
          }
          arrived += shipment.numbers
          pendingAcks.append(shipment.token)
        case .hold(let number):
          held.insert(number)
          wasRefused = true
        case .note(.postponed): wasRefused = true
        case .acknowledge(let number):
          #expect(arrived.contains(number), "seed \(seed): \(number) was acknowledged but never arrived")
          spooled.remove(number)
        case .reject(let parcel, _) where parcel.number == poison:
          spooled.remove(parcel.number)
          arrived.append(parcel.number)
        case .announce(online: true): queue.append(.greeted)
        case .reject, .discard: Issue.record("seed \(seed): \(action)")
        case .announce, .disconnect, .note, .finished: break
        }
      }
    }
    #expect(spooled.isEmpty, "seed \(seed): never delivered: \(spooled.sorted())")
    #expect(Set(arrived) == Set(1...total), "seed \(seed)")
  }
}
