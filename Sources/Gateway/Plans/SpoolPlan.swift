import Configuration
import Linux
import Logging
import Scheduling
import Spool

/// Builds the spool from the settings.
enum SpoolPlan {
  static func spool(
    _ all: Settings, recorder: Recorder, on platform: Platform, reads: ReadCount
  ) -> Spool {
    let settings = all.buffer
    var options = SpoolOptions()
    options.device = all.device.id
    options.capacity = settings.size.bytes
    options.degradedLimit = BufferSettings.memory
    options.durableAfter = settings.durableAfter
    options.whenFull = settings.whenFull == .evictOldest ? .evictOldest : .refuseNewest
    options.firstEpoch = Epochs.first(at: platform.clock())
    options.chance = platform.chance
    options.order = all.uplink.order == .newestFirst ? .newestFirst : .oldestFirst
    let (directory, maximumAge) = (settings.directory, settings.maximumAge)
    let (clock, store, log) = (platform.clock, platform.store, platform.log)
    return Spool(
      store: { store(directory, reads) }, options: options,
      lossReporter: {
        GapReporter(maximumAge: maximumAge, clock: clock) { epoch in
          recorder.assumeIsolated { $0.nameEvent(epoch: epoch) }
        } unname: { count in
          recorder.assumeIsolated { $0.unnameEvents(count) }
        }
      },
      loop: recorder.loop,
      notice: { notice in
        log.write(notice, of: directory)
        recorder.assumeIsolated { $0.heard(notice) }
      })
  }
}
