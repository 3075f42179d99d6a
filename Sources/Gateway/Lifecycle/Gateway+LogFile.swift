import Configuration
import Linux
import Logging

/// The log's own file. It is written on the spool's thread, which may wait for a disk.
extension Gateway {
  func followLog(_ new: LogSettings, former: LogSettings? = nil) {
    // A level set by a command is kept.
    if new.level != former?.level { log.level = new.level }
    guard new.file != former?.file else { return }
    let (loop, log) = (spoolLoop, log)
    if let last = log.file { loop.post { log.write(last, now: true) } }
    log.file = new.file.map { file in
      LogFile(LineFile(path: file.path, limit: Int(file.size.bytes), keep: file.keep, mode: 0o640)) { file, due in
        loop.post { loop.schedule(at: due) { log.write(file) } }
      }
    }
  }
}

extension Log {
  /// Writes everything that has not been written. Call this on a thread that may wait for a disk.
  func finish() {
    flush(all: true)
    if let file { write(file, now: true) }
  }

  fileprivate func write(_ file: LogFile, now isLast: Bool = false) {
    switch file.write(now: isLast) {
    case .failed(let error):
      let advice = OutputAdvice.text(file.path, code: error.code)
      say(.logFileFailed, "log: \(error); some of its lines are kept until it works again\(advice)")
    case .recovered: say(.logFileBack, "log: \(file.path) can be written again")
    case nil: break
    }
  }
}
