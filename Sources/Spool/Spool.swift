import Scheduling
import Telemetry

/// The disk buffer as the other actors see it: a `Ring` on the spool's loop. It has one timer, set only while
/// something waits for a moment: a spool at rest wakes nobody.
///
/// Its methods block while the disk does. Other actors call them by `post`:
///
///     spool.post { $0.append(record, critical: false) }
package actor Spool: Pinned {
  package nonisolated let loop: any Loop
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// The longest record in bytes.
  package static var maximumRecordSize: Int { Block.maximumRecord }

  private let store: @Sendable () -> any BlockStore
  private let options: SpoolOptions
  private let lossReporter: @Sendable () -> any LossReporter
  private let notice: @Sendable (SpoolNotice) -> Void
  private var ring: Ring?
  /// While it lasts, the ring goes on taking records and handing them out.
  private var move: Move?
  private var timer: (deadline: Uptime, token: TimerToken)?
  private var arrival: (@Sendable () -> Void)?
  private var urgentArrival: (@Sendable () -> Void)?
  private var moved: (@Sendable () -> Void)?
  /// The last `next` found nothing.
  private var readerWaits = false

  /// The longest report of a bookkeeper in bytes.
  package static var maximumReportSize: Int { Block.maximumReport }

  /// `store` and `lossReporter` are called on the loop, by `open`. `notice` is called on the loop.
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

  /// Opens the store and recovers what is in it. Returns the epoch, which no other call has returned and, unless the
  /// disk fails, is larger than all of them. To be called before anything else; other methods do nothing until
  /// then, and after `close`.
  package func open() throws(StorageError) -> UInt32 {
    let ring = try Ring(opening: store(), options: options, lossReporter: lossReporter(), now: loop.now)
    self.ring = ring
    turned()
    return ring.epoch
  }

  /// Takes a record; a critical one is on the disk when this returns, unless the disk fails, and an urgent one is handed
  /// out before those that wait on the disk, as long as this process lives. Nil: refused, and
  /// counted, because the spool is full or the record longer than `maximumRecordSize`.
  @discardableResult
  package func append(_ record: [UInt8], critical: Bool, urgent: Bool = false) -> RecordNumber? {
    let number = ring?.append(record, critical: critical, urgent: urgent, now: loop.now)
    turned()
    if number != nil { announceArrival() }
    return number
  }

  /// Whether `append` would take a record of so many bytes.
  package func hasRoom(for count: Int) -> Bool { ring?.hasRoom(for: count, now: loop.now) ?? false }

  /// Returns at most `limit` waiting records: first those that overtake (`isAhead`), then those after `number` in order (nil:
  /// from the first one). Pass the last in-order number to the next call. A record is returned again until it is acknowledged.
  /// Overtaking records are returned again only with `anew`, which says that nothing is in flight.
  package func next(after number: RecordNumber?, limit: Int, anew: Bool = false) -> [SpooledRecord] {
    if anew { ring?.readAnew() }
    let records = ring?.next(after: number, limit: limit, now: loop.now) ?? []
    readerWaits = records.isEmpty
    turned()
    if records.isEmpty, ring?.wasCutShort == true { post { $0.announceArrival() } }
    return records
  }

  /// A record has arrived where it should. In any order; a number that is not waiting for this is ignored.
  package func acknowledge(_ number: RecordNumber) { acknowledge([number]) }

  package func acknowledge(_ numbers: [RecordNumber]) {
    for number in numbers { ring?.acknowledge(number, now: loop.now) }
    turned()
  }

  /// Whether there is a connection on which records are delivered. As long as some are acknowledged, records wait in RAM up to
  /// `durableAfter` or the limit of RAM; when it ends, many of them are written at once.
  package func link(isUp: Bool) {
    ring?.link(isUp: isUp, now: loop.now)
    turned()
  }

  /// A record that was handed out cannot be delivered now: `next` leaves it out until `nextHeld` has returned it.
  package func hold(_ number: RecordNumber) { ring?.hold(number) }

  /// The oldest records from `first` on that are held, at most `limit`; they are held no longer. `isCutShort`: there are
  /// more, and the disk does not give them at the moment.
  package func nextHeld(from first: RecordNumber, limit: Int) -> (records: [SpooledRecord], isCutShort: Bool) {
    let end = ring?.ram.end
    let records = ring?.nextHeld(from: first, limit: limit, now: loop.now) ?? []
    turned()
    // Some have expired, and the report of that has arrived.
    if ring?.ram.end != end { announceArrival() }
    return (records, ring?.heldWasCutShort ?? false)
  }

  /// What is held goes its way in order again: whoever held it is gone.
  package func releaseHeld() { ring?.releaseHeld() }

  /// A record that was handed out, with these bytes, will never be accepted: it is given up and reported. Nil for what is
  /// not to be reported.
  package func reject(_ number: RecordNumber, _ bytes: [UInt8]?) {
    ring?.reject(number, bytes, now: loop.now)
    turned()
  }

  /// `handler` is called on the loop, once after each `next` that found nothing, when there is something to find.
  package func onArrival(_ handler: @escaping @Sendable () -> Void) { arrival = handler }

  /// `handler` is called on the loop whenever something has come that goes before others: an urgent record, or a report of a
  /// loss.
  package func onUrgentArrival(_ handler: @escaping @Sendable () -> Void) { urgentArrival = handler }

  /// `handler` is called on the loop after the notice `movedIntoAppeared`.
  package func onMoved(_ handler: @escaping @Sendable () -> Void) { moved = handler }

  package var counters: SpoolCounters { ring?.counters ?? SpoolCounters() }
  /// Drawn at random when the store was made; 0 before it is open.
  package var storeID: UInt64 { ring?.storeID ?? 0 }

  /// How long the spool would last if nothing were acknowledged, at the rate of the last minutes; nil before a rate is
  /// known.
  package var timeLeft: Duration? { ring?.timeLeft(now: loop.now) }

  /// The number of the oldest record that waits, or one below it; nil when nothing waits. Changes whenever that record does.
  package var oldestNumber: RecordNumber? { ring?.oldestNumber }

  /// The oldest record that waits, without handing it out; nil when none does, or the disk does not give it at once.
  package func oldestWaiting() -> [UInt8]? { ring?.oldestWaiting() }

  /// Gives up everything that waits, and reports it.
  package func purge() {
    ring?.purge(now: loop.now)
    turned()
  }

  /// Writes what is only in RAM, and gives the store back: files are closed, the lock is released.
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
    // The store that appeared is locked by the move.
    if move != nil { ring?.degraded?.probeAt = loop.now + options.probeEvery }
    ring?.tick(now: loop.now)
    moveIntoAppeared()
    turned()
    // Reading may have waited for the disk to answer again.
    if ring?.counters.waiting != 0 { announceArrival() }
  }

  /// Whether the store's name still leads to what is open, with all that it should hold. To be called from time to time:
  /// while nothing is recorded, nothing else would notice.
  package func confirm() {
    ring?.confirmPlace(thorough: true, now: loop.now)
    turned()
  }

  /// A store is there that could not be used so far, maybe with records of its own. What waits is put behind them, and the
  /// spool closes: whoever opens it again finds everything.
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

  /// Moves a portion, and the next one after whatever else waits for the loop.
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
      // The next start opens it, and says so.
      switch news {
      case .opened, .madeAnew: continue
      default: notice(news)
      }
    }
    notice(.movedIntoAppeared(records: moved))
    self.moved?()
  }

  /// After every call of the ring: tells its notices and of what is urgent, and sets the timer for its next deadline.
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
