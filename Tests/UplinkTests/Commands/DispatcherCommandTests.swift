import Messages
import Scheduling
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Uplink

/// Remembers what it is asked to do.
actor FakeTransport: Transport {
  nonisolated let loop: any Loop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  private(set) var published: [(message: Message, token: Token)] = []
  private(set) var listened: [[Inlet]] = []

  let protocolName = "toy"

  init(loop: any Loop) { self.loop = loop }

  func connect(broker: Int) {}
  func publish(_ message: Message, token: Token) { published.append((message, token)) }
  func listen(at inlets: [Inlet]) { listened.append(inlets) }
  func disconnect() {}
  func abandon() {}
}

/// Nothing waits in it.
private struct EmptyOutbox: Outbox {
  func fetch(_ wanted: Wanted, _ answer: @escaping @Sendable ([Parcel], Bool) -> Void) { answer([], false) }
  func acknowledge(_ numbers: [UInt64]) {}
  func hold(_ number: UInt64) {}
  func reject(_ parcel: Parcel, _ refused: CourierNote.Refused) {}
  func divide(_ gap: Parcel) {}
  func discard(_ parcel: Parcel, _ reason: MalformedReport) {}
}

/// A dispatcher that has nothing to deliver, and takes commands.
private final class Bench: Sendable {
  let loop = ManualLoop()
  let transport: FakeTransport
  let asked = Mutex<[Command]>([])
  let notes = Mutex<[CommandNote]>([])
  /// The event that a command waits for.
  let answers = Mutex<[@Sendable (CommandResult) -> Void]>([])
  private let dispatcher = Mutex<Dispatcher?>(nil)
  let waiting = Mutex<UInt64>(0)

  init(takesCommands: Bool = true) {
    transport = FakeTransport(loop: loop)
    let stamp = Stamp(boot: BootID(1), uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 0), synced: false)
    let service = CommandService(
      rules: CommandRules(allowed: [.status, .readNow], intervals: ["hall": .seconds(1)...(.seconds(9))]),
      inlets: [.own, .shared], format: JSONFormat(device: "box"),
      run: { [weak self] command, answer in
        self?.asked.withLock { $0.append(command) }
        self?.answers.withLock { $0.append(answer) }
      }, note: { [weak self] note in self?.notes.withLock { $0.append(note) } })
    let made = Dispatcher(
      limits: CourierLimits(), encoder: MessageEncoder(JSONFormat(device: "box")), stateEvery: .seconds(3_600),
      outbox: EmptyOutbox(),
      surroundings: .init(
        report: { [weak self] answer in
          var report = StateReport()
          report.waiting = self?.waiting.withLock { $0 } ?? 0
          answer(report)
        }, note: { _ in }, finished: {}, clock: { stamp }),
      commands: takesCommands ? service : nil, loop: loop)
    dispatcher.withLock { $0 = made }
    let transport = transport
    made.post { $0.start(transport) }
    loop.settle()
  }

  func on(_ event: TransportEvent) {
    dispatcher.withLock { $0 }?.post { $0.handle(event) }
    loop.settle()
  }

  func ask(_ text: String, answerTo address: String? = nil, objection: String? = nil) {
    let bytes = Array(text.utf8)
    on(
      .received(
        Incoming(
          place: "c", size: bytes.count, payload: bytes, wasKept: false,
          reply: .init(address: address, objection: objection, correlation: nil))))
  }

  func stateChanged() {
    dispatcher.withLock { $0 }?.post { $0.stateChanged() }
    loop.settle()
  }

  func stateDrifted() {
    dispatcher.withLock { $0 }?.post { $0.stateDrifted() }
    loop.settle()
  }

  var stated: [String] {
    transport.assumeIsolated { $0.published }.filter { $0.message.address == .state }.map {
      String(decoding: $0.message.payload, as: UTF8.self)
    }
  }

  var states: Int { transport.assumeIsolated { $0.published }.count { $0.message.address == .state } }

  /// All but the states.
  var published: [(message: Message, token: Token)] {
    transport.assumeIsolated { $0.published }.filter { $0.message.address != .state }
  }
  var listened: [[Inlet]] { transport.assumeIsolated { $0.listened } }
  var told: [CommandNote] { notes.withLock { $0 } }

  func answer(_ result: CommandResult) {
    let answer = answers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    answer?(result)
    loop.settle()
  }
}

@Suite("Commands on a connection", .serialized)
struct DispatcherCommandTests {
  private let lost = TransportEvent.failed(LinkFailure(.broken, "gone"))

  @Test("A state that has changed is published anew while there is a connection; the next one begins with it anyhow")
  func stateChanged() {
    let bench = Bench()
    bench.stateChanged()
    #expect(bench.states == 0)
    bench.on(.connected(Capabilities()))
    #expect(bench.states == 1)
    bench.stateChanged()
    #expect(bench.states == 2)
    bench.on(lost)
    bench.stateChanged()
    #expect(bench.states == 2)
    bench.loop.advance(by: .seconds(10))
    bench.on(.connected(Capabilities()))
    #expect(bench.states == 3)
  }

  @Test("Without commands nothing is subscribed to, and a message that comes all the same is nothing")
  func none() {
    let bench = Bench(takesCommands: false)
    bench.on(.connected(Capabilities()))
    bench.ask(#"{"command":"status"}"#)
    #expect(bench.listened.isEmpty)
    #expect(bench.published.isEmpty)
    #expect(bench.asked.withLock { $0.isEmpty })
  }

  @Test("Subscribed on every connection, and not before")
  func subscribes() {
    let bench = Bench()
    #expect(bench.listened.isEmpty)
    bench.on(.connected(Capabilities()))
    #expect(bench.listened == [[.own, .shared]])
    bench.on(lost)
    #expect(bench.listened.count == 1)
    bench.loop.advance(by: .seconds(10))
    bench.on(.connected(Capabilities()))
    #expect(bench.listened.count == 2)
  }

  @Test("A refused subscription is told; the connection and the commands of another go on")
  func refusedSubscription() {
    let bench = Bench()
    bench.on(.connected(Capabilities()))
    bench.on(.notListening(.shared, at: "s", meaning: "no"))
    bench.on(.listening(.own, at: "c"))
    #expect(bench.told == [.notListening(at: "s", meaning: "no"), .listening(at: "c")])
    bench.ask(#"{"command":"status"}"#)
    #expect(bench.asked.withLock { $0 } == [.status])
  }

  @Test("A command is carried out, its answer published, and the acknowledgement is nobody else's")
  func answers() throws {
    let bench = Bench()
    bench.on(.connected(Capabilities()))
    bench.ask(#"{"command":"read-now","sensor":"hall"}"#, answerTo: "me")
    #expect(bench.asked.withLock { $0 } == [.readNow(sensor: "hall")])
    #expect(bench.published.isEmpty)
    bench.answer(.read([]))
    let answer = try #require(bench.published.first)
    #expect(answer.message.address == .answer(to: "me"))
    #expect(answer.token == .answer(0))
    bench.on(.acknowledged(answer.token, .accepted))
    #expect(bench.told == [.accepted(.readNow(sensor: "hall"))])
  }

  @Test("An answer that the broker refuses is told, and not published again")
  func answerRefused() throws {
    let bench = Bench()
    bench.on(.connected(Capabilities()))
    bench.ask("?")
    let answer = try #require(bench.published.first)
    #expect(answer.message.address == .answer(to: nil))
    bench.on(.acknowledged(answer.token, .refused(Refusal(.denied, meaning: "not authorised"))))
    #expect(bench.told.last == .answerLost(reason: "not authorised"))
    bench.loop.advance(by: .seconds(600))
    #expect(bench.published.count == 1)
  }

  @Test("What is answered after the connection has gone is told as lost; a later one carries answers again")
  func lateAnswer() {
    let bench = Bench()
    bench.on(.connected(Capabilities()))
    bench.ask(#"{"command":"status"}"#)
    bench.on(lost)
    bench.answer(.read([]))
    #expect(bench.published.isEmpty)
    #expect(bench.told.last == .answerLost(reason: "the connection is gone"))
    bench.loop.advance(by: .seconds(10))
    bench.on(.connected(Capabilities()))
    bench.ask("?")
    #expect(bench.published.count == 1)
  }

  @Test("A message that comes while there is no connection is left alone")
  func notConnected() {
    let bench = Bench()
    bench.ask(#"{"command":"status"}"#)
    #expect(bench.asked.withLock { $0.isEmpty })
    #expect(bench.told.isEmpty)
  }

  @Test("A broker that acknowledges no answer has twenty of them to wait for, not more")
  func manyAnswers() {
    let bench = Bench()
    bench.on(.connected(Capabilities()))
    for _ in 0..<40 {
      bench.ask("?")
      bench.loop.advance(by: .seconds(1))
    }
    #expect(bench.published.count == 20)
    #expect(bench.told.contains(.answerLost(reason: "too many answers are on their way")))
  }
}

@Suite("The state that is published")
struct PublishedStateTests {
  @Test("It is published again when what waited at the beginning has gone, once")
  func drained() {
    let bench = Bench(takesCommands: false)
    bench.waiting.withLock { $0 = 312 }
    bench.on(.connected(Capabilities()))
    #expect(bench.states == 2)
    #expect(bench.stated.last?.contains("\"waiting\":312") == true)
    bench.waiting.withLock { $0 = 2 }
    bench.stateChanged()
    #expect(bench.states == 3, "a reading or two wait again and again")
  }

  @Test("Where nothing waited there is no second one")
  func nothingWaited() {
    let bench = Bench(takesCommands: false)
    bench.on(.connected(Capabilities()))
    #expect(bench.states == 1)
  }

  @Test("What comes and goes many times a minute is published every five seconds at most")
  func drifts() {
    let bench = Bench(takesCommands: false)
    bench.stateDrifted()
    #expect(bench.states == 0)
    bench.on(.connected(Capabilities()))
    for _ in 0..<10 { bench.stateDrifted() }
    #expect(bench.states == 1)
    bench.loop.advance(by: .seconds(5))
    #expect(bench.states == 2)
    bench.loop.advance(by: .seconds(200))
    let before = bench.states
    bench.stateDrifted()
    bench.loop.advance(by: .milliseconds(1))
    #expect(bench.states == before + 1)
  }

  /// As clusters of brokers do: the new connection may be at another node than the former one.
  @Test("It is published again when the last will of the former connection may have come behind it")
  func confirmed() {
    let bench = Bench(takesCommands: false)
    bench.on(.connected(Capabilities()))
    #expect(bench.states == 1)
    bench.loop.advance(by: .seconds(10))
    #expect(bench.states == 2)
    bench.loop.advance(by: .seconds(110))
    #expect(bench.states == 3)
    bench.loop.advance(by: .seconds(3_000))
    #expect(bench.states == 3)
  }

  @Test("Each connection has its own two, and none of the one before it")
  func confirmedAnew() {
    let bench = Bench(takesCommands: false)
    bench.on(.connected(Capabilities()))
    bench.loop.advance(by: .seconds(5))
    bench.on(.failed(LinkFailure(.broken, "gone")))
    bench.loop.advance(by: .seconds(4))
    bench.on(.connected(Capabilities()))
    #expect(bench.states == 2)
    bench.loop.advance(by: .seconds(9))
    #expect(bench.states == 2)
    bench.loop.advance(by: .seconds(1))
    #expect(bench.states == 3)
    bench.loop.advance(by: .seconds(3_000))
    #expect(bench.states == 4)
  }
}
