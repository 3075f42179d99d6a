import Messages
import Scheduling
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Uplink

/// Gives two parcels at the first request, and remembers the calls.
private final class TwoParcels: Outbox {
  let calls = Mutex<[String]>([])

  func fetch(_ wanted: Wanted, _ answer: @escaping @Sendable ([Parcel], Bool) -> Void) {
    if case .next(_, _, let anew) = wanted { calls.withLock { $0.append(anew ? "anew" : "next") } }
    answer(calls.withLock { $0.count } == 1 ? [parcel(1), parcel(2)] : [], false)
  }

  func acknowledge(_ numbers: [UInt64]) { calls.withLock { $0.append("acknowledged \(numbers)") } }
  func hold(_ number: UInt64) {}
  func reject(_ parcel: Parcel, _ refused: CourierNote.Refused) {}
  func divide(_ gap: Parcel) {}
  func discard(_ parcel: Parcel, _ reason: MalformedReport) {}
}

@Suite("What the dispatcher tells the spool, and when")
struct DispatcherOrderTests {
  @Test("After a refusal for now the spool hears of the last acknowledgement before it is asked anew")
  func acknowledgedFirst() {
    let loop = ManualLoop()
    let transport = FakeTransport(loop: loop)
    let stamp = Stamp(boot: BootID(1), uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 0), synced: false)
    let outbox = TwoParcels()
    let dispatcher = Dispatcher(
      limits: CourierLimits(), encoder: MessageEncoder(JSONFormat(device: "box")), stateEvery: .seconds(3_600),
      outbox: outbox,
      surroundings: .init(
        report: { $0(StateReport()) }, note: { _ in }, finished: {}, clock: { stamp }), commands: nil, loop: loop)
    func on(_ event: TransportEvent) {
      dispatcher.post { $0.handle(event) }
      loop.settle()
    }
    dispatcher.post { $0.start(transport) }
    loop.settle()
    on(.connected(Capabilities()))
    on(.acknowledged(.state(1), .accepted))
    on(.acknowledged(.records(1), .refused(Refusal(.later, meaning: "quota"))))
    loop.advance(by: .seconds(3))
    loop.settle()
    on(.acknowledged(.records(2), .accepted))
    #expect(outbox.calls.withLock { $0 }.suffix(2) == ["acknowledged [2]", "anew"])
  }
}
