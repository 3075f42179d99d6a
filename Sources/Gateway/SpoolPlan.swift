import Configuration
import Linux
import Scheduling
import Spool

/// The spool as the settings want it.
enum SpoolPlan {
  static func spool(_ settings: BufferSettings, loop: any Loop, log: Log) -> Spool {
    var options = SpoolOptions()
    options.capacity = settings.size.bytes
    options.durableAfter = settings.durableAfter
    options.whenFull = settings.whenFull == .evictOldest ? .evictOldest : .refuseNewest
    let directory = settings.directory
    return Spool(
      store: { () throws(StorageError) in try SegmentFiles(directory: directory) }, options: options, loop: loop,
      notice: { log.write($0) })
  }
}
