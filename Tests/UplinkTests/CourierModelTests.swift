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

  @Test("Nothing is lost, nothing is acknowledged that did not arrive, order holds per connection", arguments: 1...40)
  func everyWeather(_ seed: Int) {
    var weather = Weather(random: SeededRandom(seed: UInt64(seed)))
    var courier = Courier(
      limits: CourierLimits(
        inFlight: 1 + seed % 7, connect: .seconds(5), acknowledge: .seconds(3), retryCeiling: .seconds(4)))
    var now = Uptime(nanoseconds: 0)
    let total: UInt64 = 200
    var spooled = Set(1...total)
    var arrived: [UInt64] = []
    var arrivedNow: [UInt64] = []
    var queue: [Courier.Event] = [.start]
    var pendingAcks: [UInt64] = []
    var isUp = false
    var isDialling = false

    for step in 0..<20_000 where !spooled.isEmpty {
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
          isUp = true
          arrivedNow = []
          event = .transport(.connected(receiveMaximum: nil))
        }
      } else if isUp, !isFair, weather.chance(10) {
        isUp = false
        pendingAcks = []
        event = .transport(.failed(.library(operation: "read", code: 7, detail: "lost")))
      } else if isUp, !pendingAcks.isEmpty, isFair || weather.chance(70) {
        let index = Int(weather.random.next() % UInt64(pendingAcks.count))
        event = .transport(.acknowledged(Token(pendingAcks.remove(at: index)), .accepted))
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
        case .fetch(let after, let limit, let ticket):
          let next = spooled.filter { $0 > after ?? 0 }.sorted().prefix(limit)
          queue.append(.fetched(next.map { Parcel(number: $0, record: []) }, ticket: ticket))
        case .publish(let parcel):
          guard isUp, isFair || !weather.chance(5) else { continue }
          arrived.append(parcel.number)
          arrivedNow.append(parcel.number)
          pendingAcks.append(parcel.number)
          #expect(arrivedNow == arrivedNow.sorted(), "seed \(seed)")
        case .acknowledge(let number):
          #expect(arrived.contains(number), "seed \(seed): \(number) was acknowledged but never arrived")
          spooled.remove(number)
        case .announce, .disconnect, .note, .finished: break
        }
      }
    }
    #expect(spooled.isEmpty, "seed \(seed): never delivered: \(spooled.sorted())")
    #expect(Set(arrived) == Set(1...total), "seed \(seed)")
  }
}
