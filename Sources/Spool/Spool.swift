import Scheduling
import Telemetry

/// The disk buffer as the other actors see it: a `Ring` on the spool's loop. Its only timer is set while a deadline is
/// pending, so an idle spool causes no wake-ups.
///
/// Its methods block while the disk does, so other actors call them through `post`:
///
///     spool.post { $0.append(record, critical: false) }
package actor Spool: Pinned {
  package nonisolated let loop: any Loop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// The maximum size of a record in bytes.
  package static var maximumRecordSize: Int { Block.maximumRecord }

  private let store: @Sendable () -> any BlockStore
  private let options: SpoolOptions
  private let lossReporter: @Sendable () -> any LossReporter
  private let notice: @Sendable (SpoolNotice) -> Void
  private var ring: Ring?
  /// Set while records move to another store. The ring keeps taking records and handing them out meanwhile.
  private var move: Move?
  private var timer: (deadline: Uptime, token: TimerToken)?
  private var arrival: (@Sendable () -> Void)?
  private var urgentArrival: (@Sendable () -> Void)?
  private var moved: (@Sendable () -> Void)?
  /// Whether the last `next` found nothing.
  private var readerWaits = false

  /// The maximum size of a `LossReporter` report in bytes.
  package static var maximumReportSize: Int { Block.maximumReport }

  /// `open` calls `store` and `lossReporter` on the loop. `notice` is called on the loop too.
  package init(
    store: @escaping @Sendable () -> any BlockStore, options: SpoolOptions,
    lossReporter: @escaping @Sendable () -> any LossReporter, loop: any Loop,
    notice: @escaping @Sendable (SpoolNotice) -> Void
  ) {
    self.store = store
    self.options = options
    self.lossReporter = lossReporter
    self.loop = loop
    self.notice = notice
  }

  /// Opens the store and recovers its contents. Returns the epoch. No other call has returned the same epoch; unless
  /// the disk fails, it is larger than all earlier ones. Call this first: the other methods do nothing before `open` or
  /// after `close`.
  package func open() throws(StorageError) -> UInt32 {
    let ring = try Ring(opening: store(), options: options, lossReporter: lossReporter(), now: loop.now)
    self.ring = ring
    turned()
    return ring.epoch
  }

  /// Takes a record. A critical record is on the disk when this returns, unless the disk fails. An urgent record is
  /// handed out before the backlog on the disk, until the process ends. Nil means that the record was refused, and
  /// counted, because the spool is full or the record is longer than `maximumRecordSize`.
  @discardableResult
  package func append(_ record: [UInt8], critical: Bool, urgent: Bool = false) -> RecordNumber? {
    let number = ring?.append(record, critical: critical, urgent: urgent, now: loop.now)
    turned()
    if number != nil { announceArrival() }
    return number
  }

  /// Keeps a report of losses that its caller has made, whether or not there is room for records: one block is always
  /// left for reports.
  package func keepReport(_ report: [UInt8]) {
    ring?.keepReport(report, now: loop.now)
    turned()
  }

  /// Whether `append` would take a record of `count` bytes.
  package func hasRoom(for count: Int) -> Bool { ring?.hasRoom(for: count, now: loop.now) ?? false }

  /// Returns at most `limit` waiting records: first those that overtake (`isAhead`), then those after `number` in order
  /// (nil: from the first one). Pass the last in-order number to the next call. A record is returned again until it is
  /// acknowledged. Overtaking records are returned again only with `anew`, which says that nothing is in flight.
  package func next(after number: RecordNumber?, limit: Int, anew: Bool = false) -> [SpooledRecord] {
    if anew { ring?.readAnew() }
    let records = ring?.next(after: number, limit: limit, now: loop.now) ?? []
    readerWaits = records.isEmpty
    turned()
    if records.isEmpty, ring?.wasCutShort == true { post { $0.announceArrival() } }
    return records
  }

  /// Marks a record as delivered. Acknowledgements may come in any order. A number that is not awaiting one is ignored.
  package func acknowledge(_ number: RecordNumber) { acknowledge([number]) }

  package func acknowledge(_ numbers: [RecordNumber]) {
    for number in numbers { ring?.acknowledge(number, now: loop.now) }
    turned()
  }

  /// Tells whether there is a connection on which records are delivered. While acknowledgements keep arriving, records
  /// wait in RAM up to `durableAfter` or the RAM limit. When the connection ends with many records in RAM, they are
  /// written at once.
  package func link(isUp: Bool) {
    ring?.link(isUp: isUp, now: loop.now)
    turned()
  }

  /// Holds back a record that was handed out and cannot be delivered now: `next` omits it until `nextHeld` has returned
  /// it.
  package func hold(_ number: RecordNumber) { ring?.hold(number) }

  /// Returns the oldest held records from `first` on, at most `limit`, and stops holding them. `isCutShort` means that
  /// there are more, but the disk cannot read them at the moment.
  package func nextHeld(from first: RecordNumber, limit: Int) -> (records: [SpooledRecord], isCutShort: Bool) {
    let end = ring?.ram.end
    let records = ring?.nextHeld(from: first, limit: limit, now: loop.now) ?? []
    turned()
    // Held records have expired, and the report of this loss has arrived.
    if ring?.ram.end != end { announceArrival() }
    return (records, ring?.heldWasCutShort ?? false)
  }

  /// Puts all held records back in order, because their holder is gone.
  package func releaseHeld() { ring?.releaseHeld() }

  /// Gives up a record that was handed out and will never be accepted, and reports it. `bytes` is the record's content;
  /// nil means that the loss is not reported.
  package func reject(_ number: RecordNumber, _ bytes: [UInt8]?) {
    ring?.reject(number, bytes, now: loop.now)
    turned()
  }

  /// `handler` is called on the loop once after each `next` that found nothing, as soon as there is something to find.
  package func onArrival(_ handler: @escaping @Sendable () -> Void) { arrival = handler }

  /// `handler` is called on the loop whenever a record arrives that overtakes others: an urgent record or a loss
  /// report.
  package func onUrgentArrival(_ handler: @escaping @Sendable () -> Void) { urgentArrival = handler }

  /// `handler` is called on the loop after the notice `movedIntoAppeared`.
  package func onMoved(_ handler: @escaping @Sendable () -> Void) { moved = handler }

  package var counters: SpoolCounters { ring?.counters ?? SpoolCounters() }
  /// The store's ID, drawn at random when the store was made; 0 before `open`.
  package var storeID: UInt64 { ring?.storeID ?? 0 }

  /// How long the spool would last if nothing were acknowledged, at the rate of the last minutes. Nil means that no
  /// rate is known yet.
  package var timeLeft: Duration? { ring?.timeLeft(now: loop.now) }

  /// The number of the oldest waiting record, or a smaller one; nil when nothing waits. It changes whenever that record
  /// does.
  package var oldestNumber: RecordNumber? { ring?.oldestNumber }

  /// The oldest waiting record, without handing it out. Nil when nothing waits or the disk cannot read it at once.
  package func oldestWaiting() -> [UInt8]? { ring?.oldestWaiting() }

  /// Gives up all waiting records, and reports them.
  package func purge() {
    ring?.purge(now: loop.now)
    turned()
  }

  /// Writes what is only in RAM, then releases the store: closes its files and releases the lock.
  package func close() {
    moveAll()
    ring?.commitAll(now: loop.now)
    moveIntoAppeared()
    moveAll()
    ring?.finish(now: loop.now)
    turned()
    ring = nil
    setTimer(nil)
  }

  private func announceArrival() {
    guard readerWaits else { return }
    readerWaits = false
    arrival?()
  }

  private func due() {
    timer = nil
    // The move holds the lock of the store that appeared, so do not probe.
    if move != nil { ring?.degraded?.probeAt = loop.now + options.probeEvery }
    ring?.tick(now: loop.now)
    moveIntoAppeared()
    turned()
    // A reader may have been waiting for the disk to recover.
    if ring?.counters.waiting != 0 { announceArrival() }
  }

  /// Checks that the store's path still leads to the open store, complete with all its segments. Call this from time to
  /// time: while nothing is recorded, nothing else would notice.
  package func confirm() {
    ring?.confirmPlace(thorough: true, now: loop.now)
    turned()
  }

  /// Starts the move into a store that could not be used so far and may hold records of its own. The waiting records go
  /// behind those. Then the spool closes, and the next process to open the store finds everything.
  private func moveIntoAppeared() {
    guard move == nil, let ring, let store = ring.appeared else { return }
    self.ring?.appeared = nil
    let found: Ring
    do throws(StorageError) {
      found = try Ring(
        opening: store, options: options, lossReporter: ring.lossReporter, least: ring.successorEpoch, now: loop.now)
    } catch {
      self.ring?.stayDegraded(error)
      return
    }
    if let cause = found.degraded?.cause {
      self.ring?.stayDegraded(cause)
      return
    }
    move = Move(from: ring, to: found)
    post { $0.moveOn() }
  }

  /// Moves one portion, and schedules the next one behind the loop's other work.
  private func moveOn() {
    movePortion()
    if move != nil { post { $0.moveOn() } }
    turned()
  }

  private func moveAll() {
    while ring != nil, move != nil { movePortion() }
  }

  private func movePortion() {
    guard let ring, move?.goOn(ring, now: loop.now) == true, let done = move else { return }
    move = nil
    var found = done.found
    if found.degraded == nil { found.close(now: loop.now) }
    guard let cause = found.degraded?.cause else { return end(ring, movedTo: found, done.moved) }
    self.ring?.stayDegraded(cause)
  }

  private func end(_ former: Ring, movedTo new: Ring, _ moved: Int) {
    var found = new
    ring = nil
    for news in former.notices { notice(news) }
    for news in found.takeNews().notices {
      // The next start opens this store and reports it then.
      switch news {
      case .opened, .madeAnew: continue
      default: notice(news)
      }
    }
    notice(.movedIntoAppeared(records: moved))
    self.moved?()
  }

  /// Runs after every call of the ring: passes on its notices and urgent arrivals, and sets the timer for its next
  /// deadline.
  private func turned() {
    if ring?.tookUrgent == true {
      ring?.tookUrgent = false
      urgentArrival?()
    }
    let news = ring?.takeNews()
    for notice in news?.notices ?? [] { self.notice(notice) }
    setTimer(news?.deadline)
  }

  private func setTimer(_ deadline: Uptime?) {
    guard timer?.deadline != deadline else { return }
    if let timer { loop.cancel(timer.token) }
    timer = deadline.map { deadline in
      (deadline, loop.schedule(at: deadline) { [weak self] in self?.assumeIsolated { $0.due() } })
    }
  }
}
