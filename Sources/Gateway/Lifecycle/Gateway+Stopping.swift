import Glibc
import Linux
import Telemetry

/// The end, in the order in which a reading passes: the stations take no more samples, the uplink waits for the last
/// acknowledgements and says goodbye, the spool makes the rest durable. Every wait has a limit, because a bus, a name
/// server or a disk may hold its thread indefinitely.
extension Gateway {
  /// Limit from the signal to the end, whatever happens.
  private static let limit = Duration.milliseconds(4_500)
  /// Limits for the stations, and then for the uplink, which allows itself 2 s for its farewell.
  private static let stationLimit = Duration.milliseconds(1_000)
  private static let uplinkLimit = Duration.milliseconds(2_300)

  package func stop(because cause: String, ending: Ending = .stopped) {
    guard !shutdown.hasBegun else { return }
    let step = shutdown.begin(ending, stations: crews.count, hasUplink: dispatcher != nil)
    log.say(.stopping, "stopping: \(cause)")
    manager.stopping()
    after(Self.limit) { gateway in
      let cause = "because of \(gateway.shutdown.obstacle)"
      gateway.log.say(.stoppingTooLong, "stopping took too long, \(cause): what was not yet on disk is lost")
      gateway.log.flush(all: true)
      gateway.end()
    }
    let gateway = self  // Swift 6.0.3 cannot capture `self` here
    for crew in crews {
      crew.station.post { station in
        station.stop()
        gateway.post { $0.take($0.shutdown.stationStopped()) }
      }
    }
    after(Self.stationLimit) { $0.take($0.shutdown.stationsAreLate()) }
    take(step)
  }

  func take(_ step: Shutdown.Step?) {
    switch step {
    case .stopUplink:
      dispatcher?.post { $0.stop() }
      after(Self.uplinkLimit) { $0.take($0.shutdown.uplinkIsLate()) }
    case .closeSpool: closeSpool()
    case nil: break
    }
  }

  private func closeSpool() {
    let clock = platform.clock
    recorder.post { recorder in
      recorder.stopWatching()
      recorder.settleRefused(at: clock())
    }
    // The acknowledgements of the farewell are ahead of this in the spool's queue.
    let (gateway, log, metrics) = (self, log, settings.status.metrics)  // Swift 6.0.3 cannot capture `self` here
    spool.post { spool in
      spool.close()
      log.finish()
      if let metrics { unlink(metrics.file) }
      gateway.post { $0.end() }
    }
  }

  private func after(_ delay: Duration, _ work: @escaping @Sendable (isolated Gateway) -> Void) {
    loop.schedule(at: loop.now + delay) { self.assumeIsolated(work) }
  }
}
