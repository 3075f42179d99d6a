import Configuration
import Linux
import Logging
import Scheduling
import Spool

/// Builds the spool from the settings.
enum SpoolPlan {
  static func spool(
    _ all: Settings, recorder: Recorder, log: Log, reads: ReadCount
  ) -> Spool {
    let settings = all.buffer
    var options = SpoolOptions()
    options.device = all.device.id
    options.capacity = settings.size.bytes
    options.degradedLimit = BufferSettings.memory
    options.durableAfter = settings.durableAfter
    options.whenFull = settings.whenFull == .evictOldest ? .evictOldest : .refuseNewest
    options.firstEpoch = Epochs.first(at: SystemClock.stamp())
    options.order = all.uplink.order == .newestFirst ? .newestFirst : .oldestFirst
    let (directory, maximumAge) = (settings.directory, settings.maximumAge)
    return Spool(
      store: { SegmentFiles(directory: directory, counting: reads) }, options: options,
      lossReporter: {
        GapReporter(maximumAge: maximumAge, clock: SystemClock.stamp) { epoch in
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
