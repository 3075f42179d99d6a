import Glibc
import Linux
import Scheduling
import Spool

/// Opens the spool, takes everything out of it, and holds that against the promises.
struct Verifier {
  private let history: History
  private var drained: [Name] = []
  private var reported: [Span]
  private var repeats = 0
  private var wrong: [String] = []

  init(_ history: History) {
    self.history = history
    reported = history.reported
  }

  mutating func run(_ directory: String, loop: any Loop) {
    let spool = smallSpool(directory, whenFull: .evictOldest, loop: loop)
    let (counters, records) = Self.empty(spool)
    var last: SpooledRecord?
    for record in records {
      look(at: record, after: last)
      if !record.isAhead { last = record }
    }
    if let problem = problem(with: counters) { wrong.append(problem) }
    if counters.waiting != 0 || counters.acknowledged != records.count { wrong.append("not drained: \(counters)") }
    let (_, again) = Self.empty(smallSpool(directory, whenFull: .evictOldest, loop: loop))
    if !again.isEmpty { wrong.append("\(again.count) records came back after everything was acknowledged") }
    report(counters)
  }

  private static func empty(_ spool: Spool) -> (SpoolCounters, [SpooledRecord]) {
    spool.assumeIsolated { spool in
      do throws(StorageError) { _ = try spool.open() } catch { fail("\(error)") }
      var records: [SpooledRecord] = []
      while true {
        let next = spool.next(after: records.last { !$0.isAhead }?.number, limit: 200)
        if next.isEmpty { break }
        for record in next { spool.acknowledge(record.number) }
        records += next
      }
      let counters = spool.counters
      spool.close()
      return (counters, records)
    }
  }

  private mutating func look(at record: SpooledRecord, after last: SpooledRecord?) {
    if let last, !record.isAhead, record.number <= last.number {
      wrong.append("number \(record.number) comes after \(last.number)")
    }
    if let spans = Report.spans(of: record.bytes) {
      reported += spans
      return
    }
    guard let name = Record.name(of: record.bytes) else {
      wrong.append("record \(record.number) has bytes that nobody wrote")
      return
    }
    if !history.couldExist(name) { wrong.append("\(name) was never written") }
    if let entry = history[name], entry.number != record.number {
      wrong.append("\(name) was number \(entry.number) and is number \(record.number)")
    }
    if let previous = drained.last, name <= previous { wrong.append("\(name) comes after \(previous)") }
    if name < history.settled { wrong.append("\(name) came back, and was settled") }
    if let entry = history[name], entry.acknowledging != .max { repeats += 1 }
    drained.append(name)
  }

  private func givenUp() -> Set<Name> {
    var names: Set<Name> = []
    for span in reported {
      for index in span.first...max(span.first, span.last) { names.insert(Name(life: span.life, index: index)) }
    }
    return names
  }

  private func report(_ counters: SpoolCounters) -> Never {
    let owed = history.owed
    let present = Set(drained)
    let missing = owed.filter { !present.contains($0) }
    let givenUp = givenUp()
    let lost = missing.filter { !givenUp.contains($0) }
    var wrong = wrong
    if let name = givenUp.first(where: present.contains) {
      wrong.append("\(name) was reported as given up, and is there")
    }
    let explained = history.unpromised(besides: present)
    if counters.lost > explained { wrong.append("\(counters.lost) told as lost, \(explained) were not yet durable") }
    for text in wrong.prefix(5) { print("wrong: \(text)") }
    for name in lost.prefix(5) { print("lost: \(name)") }
    print(
      "\(owed.count) promised, \(drained.count) found, \(lost.count) lost, \(wrong.count) wrong, \(repeats) repeated, "
        + "\(counters.lost) told as lost, "
        + "\(givenUp.count) given up as reported, \(history.lives.count) lives")
    exit(lost.isEmpty && wrong.isEmpty ? 0 : 3)
  }
}
