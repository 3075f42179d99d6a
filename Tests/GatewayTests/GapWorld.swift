import Drivers
import Foundation
import MQTT
import Messages
import Sampling
import Scheduling
import Simulation
import Spool
import Telemetry
import TestSupport
import Uplink

@testable import Gateway

/// Sensors, a small buffer in memory, the uplink, and a broker with a limit: everything of a reading's way but the threads.
final class GapWorld<Broker: BrokerInMemory> {
  let loop: ManualLoop
  let broker: Broker
  private let bench: GatewayBench
  private let sensors: [String]
  private let recorder: Recorder
  private let spool: Spool

  /// The buffer has three segments of eight blocks: of hundreds of sensors the gaps, one for each, are larger than one.
  init(
    sensors: [String], device: String = "box", _ broker: (_ addresses: TopicBook, ManualLoop) -> Broker,
    _ set: (inout CourierLimits) -> Void = { _ in }
  ) throws {
    self.sensors = sensors
    let (loop, bench) = (ManualLoop(), try GatewayBench())
    (self.loop, self.bench) = (loop, bench)
    let topics = TopicBook(
      prefix: "fp", device: device, reading: "{prefix}/{device}/{sensor}", state: "{prefix}/{device}/state",
      event: "{prefix}/{device}/event")
    self.broker = broker(topics, loop)
    let recorder = Recorder(loop: loop)
    self.recorder = recorder
    var options = SpoolOptions()
    let slots = 8
    (options.capacity, options.firstEpoch) = (3 * Int64(slots) * 4_096, 1)
    spool = Spool(
      store: { MemoryDisk(slotsPerSegment: slots) }, options: options,
      lossReporter: {
        GapReporter(maximumAge: nil, clock: { stamp(loop.now) }) { epoch in
          recorder.assumeIsolated { $0.nameEvent(epoch: epoch) }
        } unname: { count in
          recorder.assumeIsolated { $0.unnameEvents(count) }
        }
      }, loop: loop, notice: { _ in })
    let epoch = try spool.assumeIsolated { try $0.open() }
    recorder.assumeIsolated { [spool] in $0.begin(spool, epoch: epoch) }
    var limits = CourierLimits()
    limits.retryCeiling = .seconds(4)
    set(&limits)
    startUplink(limits, device, topics)
  }

  private func startUplink(_ limits: CourierLimits, _ device: String, _ addresses: any AddressBook) {
    let format = JSONFormat(device: device, isBatched: limits.batch > 1)
    let deadLetters = DeadLetters(directory: bench.folder, format: format, addresses: addresses, log: bench.log)
    let outbox = SpoolOutbox(
      spool: spool, deadLetters: deadLetters, clock: { [loop] in stamp(loop.now) }, log: bench.log)
    let (loop, recorder, broker) = (loop, recorder, broker)
    let dispatcher = Dispatcher(
      limits: limits, encoder: MessageEncoder(format), stateEvery: .seconds(3_600),
      outbox: outbox,
      surroundings: .init(
        report: { answer in recorder.post { answer($0.stateReport(at: stamp(loop.now))) } },
        note: { _ in }, finished: {}, clock: { stamp(loop.now) }),
      commands: nil, loop: loop)
    spool.post { spool in
      spool.onArrival { dispatcher.post { $0.arrival() } }
      spool.onUrgentArrival { dispatcher.post { $0.urgentArrival() } }
    }
    broker.assumeIsolated { $0.serve(dispatcher) }
    dispatcher.post { $0.start(broker) }
    loop.settle()
  }

  /// Each sensor has a reading in each of these seconds.
  func sample(seconds: Int) {
    for _ in 0..<seconds {
      for sensor in sensors {
        let sample = Sample([.temperature(Temperature(millicelsius: 20_000))])
        recorder.assumeIsolated { [loop] in $0.record(.sampled(sensor: sensor, sample, at: stamp(loop.now))) }
      }
      loop.advance(by: .seconds(1))
    }
  }

  func openBroker() { broker.assumeIsolated { $0.open() } }

  /// Until nothing waits, or so long. Returns whether nothing waits.
  func drain(for limit: Duration) -> Bool {
    let end = loop.now + limit
    var calm = 0
    // A rejection is reported after ten seconds, and the report can be rejected too. Nothing waits meanwhile.
    while calm < 3, loop.now < end {
      loop.advance(by: .seconds(15))
      calm = counters.waiting == 0 ? calm + 1 : 0
    }
    return counters.waiting == 0
  }

  var counters: SpoolCounters { spool.assumeIsolated { $0.counters } }

  /// The records that are still in the buffer.
  var waiting: [Report] {
    spool.assumeIsolated { spool in
      spool.releaseHeld()
      return spool.next(after: nil, limit: 100_000, anew: true).compactMap { try? ReportCoder.decode($0.bytes) }
    }
  }

  /// The readings and events that the broker has taken, each once.
  var arrived: Arrivals { Arrivals(broker.assumeIsolated { $0.accepted }) }

  var hasDeadLetters: Bool { FileManager.default.fileExists(atPath: bench.folder + "/" + DeadLetters.fileName) }
}

extension GapWorld where Broker == LimitedBroker {
  convenience init(
    sensors: [String], device: String = "box", limit: Int, _ trouble: LimitedBroker.Trouble,
    kind: Refusal.Kind = .tooLarge, _ set: (inout CourierLimits) -> Void = { _ in }
  ) throws {
    try self.init(
      sensors: sensors, device: device,
      { LimitedBroker(limit: limit, trouble, kind: kind, addresses: $0, loop: $1) }, set)
  }

  func set(_ weather: LimitedBroker.Weather, seed: UInt64 = 0) {
    broker.assumeIsolated { $0.set(weather, seed: seed) }
  }
}

private func stamp(_ now: Uptime) -> Stamp {
  let begin: Int64 = 1_800_000_000_000_000_000
  return Stamp(boot: BootID(1), uptime: now, wall: WallTime(nanoseconds: begin + now.nanoseconds), synced: true)
}

/// The content of messages, by their payloads alone.
struct Arrivals {
  private(set) var numbers: [String: Set<Int>] = [:]
  /// The counts of all gaps, by reason.
  private(set) var counts: [String: Int] = [:]
  /// Numbers that a gap can mean, by stream.
  private(set) var told: [String: Set<Int>] = [:]
  /// Numbers that came twice.
  private(set) var repeats = 0
  private(set) var largestGap = 0
  private(set) var devices: Set<String> = []

  init(_ messages: [Message]) {
    for message in messages {
      let parsed = try? JSONSerialization.jsonObject(with: Data(message.payload))
      for object in parsed as? [[String: Any]] ?? [parsed as? [String: Any] ?? [:]] {
        add(object, size: message.payload.count)
      }
    }
  }

  private mutating func add(_ object: [String: Any], size: Int) {
    if let device = object["device"] as? String { devices.insert(device) }
    guard let sensor = object["sensor"] as? String, let number = object["sequence"] as? Int else { return }
    guard numbers[sensor, default: []].insert(number).inserted else {
      repeats += 1
      return
    }
    guard let reason = object["reason"] as? String, let count = object["count"] as? Int else { return }
    counts[reason, default: 0] += count
    largestGap = max(largestGap, size)
    for span in object["gaps"] as? [[String: Any]] ?? [] {
      guard let stream = span["sensor"] as? String, let first = (span["first"] as? [String: Int])?["sequence"],
        let last = (span["last"] as? [String: Int])?["sequence"], first <= last
      else { continue }
      told[stream, default: []].formUnion(first...last)
    }
  }

  /// Of each stream the numbers from 1 to the last known one that have neither arrived nor are told of.
  var unexplained: [String] {
    Set(numbers.keys).union(told.keys).flatMap { stream -> [String] in
      let known = numbers[stream, default: []].union(told[stream, default: []])
      return Set(1...max(1, known.max() ?? 1)).subtracting(known).map { "\(stream) \($0)" }
    }
  }
}
