import Linux
import Logging
import MQTT
import Messages
import Scheduling
import Spool
import Telemetry
import Uplink

/// The world below the gateway: clock, threads, disk, network, log. The daemon stands on Linux, and a test on a world of its
/// own, in which the whole gateway runs on one thread. The board is part of `Gateway.Source`.
package struct Platform: Sendable {
  /// `will` is asked at each attempt. `tell` is called on the loop.
  package typealias MakeTransport =
    @Sendable (
      _ plan: UplinkPlan, _ loop: any Loop, _ will: @escaping @Sendable () -> Message,
      _ tell: @escaping @Sendable (TransportEvent) -> Void
    ) -> any Transport

  package let clock: @Sendable () -> Stamp
  package let chance: Chance
  /// Makes a loop whose thread has not started.
  package let thread: @Sendable (_ name: String) -> any ThreadLoop
  package let store: @Sendable (_ directory: String, _ reads: ReadCount) -> any BlockStore
  package let files: any SmallFiles
  package let transport: MakeTransport
  /// Calls `linkUp` on the loop when a network link may have come up.
  package let watchLinks:
    @Sendable (_ loop: any Loop, _ linkUp: @escaping @Sendable () -> Void) throws(SystemError) -> Void
  /// Called when the start is over, including the connection to the broker.
  package let settled: @Sendable () -> Void
  package let log: Log
  package let manager: ServiceManager

  package init(
    clock: @escaping @Sendable () -> Stamp, chance: Chance, thread: @escaping @Sendable (String) -> any ThreadLoop,
    store: @escaping @Sendable (String, ReadCount) -> any BlockStore, files: any SmallFiles,
    transport: @escaping MakeTransport,
    watchLinks: @escaping @Sendable (any Loop, @escaping @Sendable () -> Void) throws(SystemError) -> Void,
    settled: @escaping @Sendable () -> Void, log: Log, manager: ServiceManager
  ) {
    (self.clock, self.chance, self.thread, self.store) = (clock, chance, thread, store)
    (self.files, self.transport, self.watchLinks) = (files, transport, watchLinks)
    (self.settled, self.log, self.manager) = (settled, log, manager)
  }

  /// This machine.
  package static func linux(log: Log, manager: ServiceManager) -> Platform {
    Platform(
      clock: SystemClock.stamp, chance: .system, thread: { EventLoop(name: $0) },
      store: { SegmentFiles(directory: $0, counting: $1) }, files: KernelFiles(),
      transport: { plan, loop, will, tell in
        MosquittoTransport(
          plan.options, plan.topics, describes: plan.describes, loop: loop, will: will, tell: tell)
      },
      watchLinks: { loop, linkUp throws(SystemError) in try LinkWatch(linkUp).start(on: loop) },
      settled: Memory.releaseStartupCode, log: log, manager: manager)
  }
}
