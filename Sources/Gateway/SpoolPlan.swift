import Configuration
import Linux
import Scheduling
import Spool

/// The spool as the settings want it.
enum SpoolPlan {
  static func spool(
    _ settings: BufferSettings, order: UplinkSettings.Order, recorder: Recorder, log: Log, reads: ReadCount
  ) -> Spool {
    var options = SpoolOptions()
    options.capacity = settings.size.bytes
    options.durableAfter = settings.durableAfter
    options.whenFull = settings.whenFull == .evictOldest ? .evictOldest : .refuseNewest
    options.firstEpoch = Epochs.first(at: SystemClock.stamp())
    options.order = order == .newestFirst ? .newestFirst : .oldestFirst
    let (directory, maximumAge) = (settings.directory, settings.maximumAge)
    return Spool(
      store: { SegmentFiles(directory: directory, counting: reads) }, options: options,
      bookkeeper: {
        LossLedger(maximumAge: maximumAge, clock: SystemClock.stamp) { epoch in
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
