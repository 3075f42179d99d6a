import Drivers
import Sampling
import Telemetry
import Testing

@Suite("A station whose sensors change")
struct StationChangeTests {
  @Test("Those that stay keep their slots and are not set up again; a new one is sampled at once")
  func added() {
    let bench = Bench([.seconds(2)])
    bench.start()
    bench.loop.advance(by: .seconds(3))
    _ = bench.taken()
    bench.change(to: [(1, .seconds(1)), (0, .seconds(2))], keeping: ["s0"])
    bench.loop.advance(by: .seconds(1))
    #expect(bench.taken() == ["3 s1 20 °C", "4 s1 20 °C", "4 s0 20 °C"])
    #expect(bench.scripts[0].log == ["start", "sample", "sample", "sample"])
  }

  @Test("One that is gone is not sampled any more; the bus is not opened again for that")
  func removed() {
    let bench = Bench([.seconds(1), .seconds(1)])
    bench.start()
    _ = bench.taken()
    bench.change(to: [(1, .seconds(1))], keeping: ["s1"])
    bench.loop.advance(by: .seconds(1))
    #expect(bench.taken() == ["1 s1 20 °C"])
    #expect(bench.opened.withLock { $0 } == 1)
    bench.change(to: [], keeping: [])
    bench.loop.advance(by: .seconds(5))
    #expect(bench.taken().isEmpty)
    #expect(bench.loop.nextDeadline == nil)
  }

  @Test("One that has changed is set up again, with its new interval")
  func changed() {
    let bench = Bench([.seconds(1), .seconds(1)])
    bench.start()
    _ = bench.taken()
    bench.change(to: [(0, .seconds(5)), (1, .seconds(1))], keeping: ["s1"])
    bench.loop.advance(by: .seconds(5))
    #expect(bench.taken().filter { $0.contains("s0") } == ["0 s0 20 °C", "5 s0 20 °C"])
    #expect(bench.scripts[0].log == ["start", "sample", "start", "sample", "sample"])
  }

  @Test("Where all are made as one, those that stay are made and set up anew with the others, in their slots")
  func madeAsOne() {
    let bench = Bench([.seconds(2), .seconds(2)], isMadeAsOne: true)
    bench.start()
    bench.loop.advance(by: .seconds(3))
    _ = bench.taken()
    bench.change(to: [(0, .seconds(2)), (2, .seconds(1))], keeping: ["s0"])
    bench.loop.advance(by: .seconds(1))
    #expect(bench.taken() == ["3 s2 20 °C", "4 s0 20 °C", "4 s2 20 °C"])
    #expect(bench.opened.withLock { $0 } == 2)
    #expect(bench.scripts[0].log == ["start", "sample", "sample", "start", "sample"])
    // Also when one is gone, and nothing is missing.
    bench.change(to: [(0, .seconds(2))], keeping: ["s0"])
    bench.loop.advance(by: .seconds(2))
    #expect(bench.opened.withLock { $0 } == 3)
  }

  @Test("A fault that was told is not told again by the new settings; its end is")
  func faulty() {
    let bench = Bench([.seconds(1)])
    bench.scripts[0].hang(.milliseconds(1))
    bench.start()
    #expect(bench.taken() == ["0 s0 fault"])
    bench.change(to: [(0, .seconds(2))], keeping: [])
    bench.loop.advance(by: .seconds(2))
    #expect(bench.taken().isEmpty)
    bench.scripts[0].hang(nil)
    bench.loop.advance(by: .seconds(60))
    #expect(bench.taken().first?.contains("s0 back after") == true)
  }

  @Test("When the bus cannot be opened for the new ones, the old ones are read all the same")
  func lostBus() {
    let bench = Bench([.seconds(1)])
    bench.start()
    _ = bench.taken()
    bench.busErrors.withLock { $0 = [BusError(.absent, "open /dev/i2c-1", code: 2)] }
    bench.change(to: [(0, .seconds(1)), (1, .seconds(1))], keeping: ["s0"])
    bench.loop.advance(by: .seconds(1))
    #expect(bench.taken() == ["0 s1 fault", "1 s0 20 °C", "1 s1 back after 1", "1 s1 20 °C"])
  }

  @Test("A bus that hangs goes on hanging: it is told once, and its end once")
  func stuck() {
    let bench = Bench([.seconds(1), .seconds(1), .seconds(1)], sharesWires: true)
    for script in bench.scripts { script.hang(.milliseconds(1)) }
    bench.start()
    bench.loop.advance(by: .seconds(30))
    #expect(bench.taken().count { $0.contains("bus stuck") } == 1)
    bench.change(to: [(0, .seconds(1)), (3, .seconds(1))], keeping: ["s0"])
    bench.loop.advance(by: .seconds(30))
    #expect(bench.taken().contains { $0.contains("stuck") } == false)
    for script in bench.scripts { script.hang(nil) }
    bench.loop.advance(by: .seconds(120))
    #expect(bench.taken().count { $0.contains("freed") } == 1)
  }

  @Test("One that wakes still wakes, and one that is gone no longer does")
  func wakes() {
    let bench = Bench([.seconds(10), .seconds(10)])
    bench.scripts[0].state.withLock { $0.wakeUp = WakeUp(descriptor: 6) }
    bench.scripts[1].state.withLock { $0.wakeUp = WakeUp(descriptor: 7) }
    bench.start()
    bench.loop.advance(by: .seconds(2))
    _ = bench.taken()
    bench.change(to: [(1, .seconds(10))], keeping: ["s1"])
    bench.loop.signal(6, .reading)
    bench.loop.advance(by: .zero)
    #expect(bench.taken().isEmpty)
    bench.loop.signal(7, .reading)
    bench.loop.advance(by: .zero)
    #expect(bench.taken() == ["2 s1 20 °C"])
  }

  @Test("One that was about to be read because it woke is read after the change")
  func waking() {
    let bench = Bench([.seconds(10), .seconds(10)])
    bench.scripts[1].state.withLock { $0.wakeUp = WakeUp(descriptor: 7) }
    bench.start()
    _ = bench.taken()
    bench.loop.signal(7, .reading)
    bench.change(to: [(1, .seconds(10))], keeping: ["s1"])
    // What nobody has read of it is still there.
    bench.loop.signal(7, .reading)
    bench.loop.advance(by: .milliseconds(100))
    #expect(bench.taken() == ["0 s1 20 °C"])
  }

  @Test("The power stays on while its line is the same; another one is taken after the old one was given back")
  func power() {
    let bench = Bench([.seconds(1)], hasPower: true)
    bench.start()
    bench.change(to: [(0, .seconds(1)), (1, .seconds(1))], keeping: ["s0"])
    bench.loop.advance(by: .seconds(1))
    #expect(bench.powered.withLock { $0 } == ["0 true"])
    bench.change(to: [(0, .seconds(1))], keeping: [], keepsPower: false)
    bench.loop.advance(by: .seconds(1))
    #expect(bench.powered.withLock { $0.count } == 2)
  }

  @Test("After its end nothing can be changed")
  func stopped() {
    let bench = Bench([.seconds(1)])
    bench.start()
    bench.stop()
    _ = bench.taken()
    bench.change(to: [(1, .seconds(1))], keeping: [])
    bench.loop.advance(by: .seconds(5))
    #expect(bench.taken().isEmpty)
  }
}
