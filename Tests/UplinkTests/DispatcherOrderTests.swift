import Messages
import Scheduling
import Synchronization
import Telemetry
import TestSupport
import Testing

@testable import Uplink

@Suite("What the dispatcher tells the spool, and when")
struct DispatcherOrderTests {
  @Test("After a refusal for now the spool hears of the last acknowledgement before it is asked anew")
  func acknowledgedFirst() {
    let loop = ManualLoop()
    let transport = FakeTransport(loop: loop)
    let stamp = Stamp(boot: BootID(1), uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 0), synced: false)
    let calls = Mutex<[String]>([])
    let dispatcher = Dispatcher(
      limits: CourierLimits(), encoder: MessageEncoder(device: "box"), stateEvery: .seconds(3_600),
      surroundings: .init(
        fetch: { wanted, answer in
          if case .next(_, _, let anew) = wanted { calls.withLock { $0.append(anew ? "anew" : "next") } }
          answer(calls.withLock { $0.count } == 1 ? [parcel(1), parcel(2)] : [], false)
        }, acknowledge: { numbers in calls.withLock { $0.append("acknowledged \(numbers)") } }, hold: { _ in },
        reject: { _, _ in }, divide: { _ in }, report: { $0(StateReport()) }, note: { _ in }, unreadable: { _, _ in },
        finished: {},
        clock: { stamp }), commands: nil, loop: loop)
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
    #expect(calls.withLock { $0 }.suffix(2) == ["acknowledged [2]", "anew"])
  }
}
