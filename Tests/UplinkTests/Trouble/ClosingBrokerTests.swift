import Telemetry
import Testing

@testable import Uplink

/// In MQTT 3.1.1 a broker can refuse a message only by closing the connection (MQTT-3.3.5-2): for want of rights, over quota,
/// with a full disk. None of these is a reason to give a reading up.
@Suite("A broker that can only close the connection")
struct ClosingBrokerTests {
  private static let day = Duration.seconds(86_400)

  @Test("A day without rights at one sensor's topic costs no reading, and the other sensors' arrive")
  func topicDenied() {
    var world = ClosingWorld(sensors: ["a", "b"]) { parcel, now in parcel.stream == "a" && now < .begin + Self.day }
    world.run(for: Self.day)
    #expect(world.givenUp.isEmpty)
    #expect(world.waiting.allSatisfy { $0.stream == "a" }, "\(world.waiting.count) wait")
    world.run(for: .seconds(7_200))
    #expect(world.givenUp.isEmpty, "\(world.waiting.count) wait")
    #expect(world.waiting.isEmpty, "\(world.waiting.count) wait")
    #expect(world.isInOrder, "\(world.waiting.count) wait")
  }

  @Test(
    "Over quota at every message for a day, or for ten minutes, costs no reading, and afterwards all arrive in order",
    arguments: [day, .seconds(600)])
  func overQuota(_ duration: Duration) {
    var world = ClosingWorld(sensors: ["a", "b", "c", "d"]) { _, now in now < .begin + duration }
    world.run(for: duration)
    #expect(world.delivered.isEmpty)
    world.run(for: .seconds(3_600))
    #expect(world.givenUp.isEmpty, "\(world.waiting.count) wait")
    #expect(world.waiting.isEmpty, "\(world.waiting.count) wait")
    #expect(world.isInOrder, "\(world.waiting.count) wait")
  }

  @Test("The same with one sensor alone")
  func oneSensor() {
    var world = ClosingWorld(sensors: ["a"]) { _, now in now < .begin + Self.day }
    world.run(for: Self.day + .seconds(3_600))
    #expect(world.givenUp.isEmpty, "\(world.waiting.count) wait")
    #expect(world.waiting.isEmpty, "\(world.waiting.count) wait")
    #expect(world.isInOrder, "\(world.waiting.count) wait")
  }

  @Test("Fifty sensors without rights leave the connection alone for most of the time")
  func manyDenied() {
    let sensors = (1...50).map { "s\($0)" } + ["good"]
    var world = ClosingWorld(sensors: sensors) { parcel, _ in parcel.stream != "good" }
    world.run(for: .seconds(7_200))
    let before = world.connections
    world.run(for: .seconds(3_600))
    #expect(world.connections - before <= 130, "\(world.connections - before) connections in an hour")
    #expect(world.givenUp.isEmpty)
    #expect(world.waiting.allSatisfy { $0.stream != "good" })
  }

  @Test(
    "One message alone that breaks the connection is set aside, and nothing else is", arguments: [["a", "b"], ["a"]])
  func poison(_ sensors: [String]) {
    var world = ClosingWorld(sensors: sensors) { parcel, _ in parcel.number == 5 }
    world.run(for: .seconds(3_600))
    #expect(world.givenUp == [5], "\(world.givenUp), \(world.waiting.count) wait")
    #expect(world.waiting.isEmpty, "\(world.givenUp), \(world.waiting.count) wait")
  }

  @Test("Two messages of a stream that break the connection are not given up, but wait")
  func twoOfAStream() {
    var world = ClosingWorld(sensors: ["a", "b"]) { parcel, _ in parcel.number == 5 || parcel.number == 7 }
    world.run(for: .seconds(7_200))
    #expect(world.givenUp.isEmpty)
    #expect(world.waiting.allSatisfy { $0.stream == "a" })
  }

  @Test("Messages of two streams that break the connection are not given up; the others of both streams arrive")
  func twoStreams() {
    var world = ClosingWorld(sensors: ["a", "b"]) { parcel, _ in parcel.number == 5 || parcel.number == 8 }
    world.run(for: .seconds(7_200))
    #expect(world.givenUp.isEmpty && world.waiting.map(\.number) == [5, 8], "\(world.waiting.map(\.number))")
  }

  @Test("A gap event is not given up, though all others pass")
  func gap() {
    var world = ClosingWorld(sensors: ["a", "b"]) { parcel, _ in parcel.isGap }
    world.add { gapParcel($0, spans: 1) }
    world.run(for: .seconds(7_200))
    #expect(world.givenUp.isEmpty && world.waiting.map(\.isGap) == [true])
  }

  @Test("A gap that is too large for it arrives in parts")
  func largeGap() {
    var world = ClosingWorld(sensors: ["a", "b"]) { parcel, _ in
      parcel.gap.map { $0.spans.count > 7 } ?? false
    }
    world.add { gapParcel($0, spans: 60) }
    world.run(for: .seconds(7_200))
    #expect(world.givenUp.isEmpty, "\(world.waiting.count) wait")
    #expect(world.waiting.isEmpty, "\(world.waiting.count) wait")
    // 60 in parts of 7 and 8, of which the larger ones are divided again.
    #expect(world.delivered[Event.stream]?.count == 12, "\(world.delivered[Event.stream] ?? [])")
    #expect(world.connections < 80, "\(world.connections) connections")
  }
}

extension Uptime {
  fileprivate static let begin = Uptime(nanoseconds: 0)
}
