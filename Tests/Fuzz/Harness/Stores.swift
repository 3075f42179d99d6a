import TestSupport

#if DEBUG
  import Glibc
  import Telemetry

  @testable import Spool

  let begin = Uptime(nanoseconds: 1_000_000_000_000)

  let storeOptions: SpoolOptions = {
    var options = SpoolOptions()
    options.capacity = Int64(6 * Sample.slotsPerSegment * blockSize)
    options.cursorAfter = 20
    options.degradedLimit = 20_000
    return options
  }()

  /// A store that is damaged, and then opened and used. The input: which sample, how many damages, the damages, what
  /// is done.
  func tryStore(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let sample = Sample.all[input.byte() % Sample.all.count]
    var damage = Damage(sample.image)
    let expiring = input.byte() % 32
    for _ in 0..<(input.byte() % 12) { damage.add(&input) }
    if getenv("FUZZ_PLANT") != nil { damage.plant() }
    var trial = StoreTrial(damage, register: Register(sample.written), expiring: expiring)
    guard trial.open() else { return }
    for _ in 0..<64 where !input.isEmpty {
      guard trial.step(&input) else { return }
    }
    trial.finish()
  }

  /// One damaged store in use. After every call it is checked that everything is in its place.
  struct StoreTrial {
    /// The allowed cost of one call for each slot that there is or could be.
    private static let accessesPerSlot = 60

    private let damage: Damage
    private let register: Register
    private let clerk: Clerk
    private let disk: MemoryDisk
    private var ring: Ring?
    private var now = begin
    private var out: [RecordNumber] = []
    private var last: RecordNumber?
    /// All epochs so far, and the last one that is on the disk.
    private var epochs: Set<UInt32> = []
    private var written: UInt32 = 0

    init(_ damage: Damage, register: Register, expiring: Int) {
      self.damage = damage
      self.register = register
      clerk = Clerk(register: register, expiring: expiring)
      disk = MemoryDisk(damage.image)
      var (unreadable, others) = (damage.unreadable, 0)
      disk.fault = { access, _, place in
        guard access == .read else {
          others += 1
          return damage.failing.contains(others) ? EIO : nil
        }
        guard let left = unreadable[place], left > 0 else { return nil }
        // 255 and more: for ever.
        if left < 255 { unreadable[place] = left - 1 }
        return EIO
      }
    }

    private var accessLimit: Int { 200 + Self.accessesPerSlot * max(disk.image.slots.count, 6 * 8) }

    /// Changes to the medium: a sync is none.
    private var writes: Int {
      disk.operations.count {
        switch $0 {
        case .create, .remove, .write, .note: true
        case .sync, .failedSync: false
        }
      }
    }

    /// False: the store is refused, and nothing was written to it.
    mutating func open() -> Bool {
      let (writes, accesses) = (self.writes, disk.accesses)
      (out, last) = ([], nil)
      guard let opened = try? Ring(opening: disk, options: storeOptions, lossReporter: clerk, now: now) else {
        check(self.writes == writes, "refused, and written to")
        return false
      }
      ring = opened
      verify("open", since: accesses)
      if damage.isSilent, !damage.isSealed { noteEpoch(of: opened) }
      return true
    }

    /// A store that lacks a slot cannot be used. Its epoch is drawn at random, and is on no disk for the next start.
    private mutating func noteEpoch(of opened: Ring) {
      let epoch = opened.epoch
      check(epochs.insert(epoch).inserted, "epoch \(epoch) a second time")
      guard !opened.counters.degraded else { return }
      check(epoch > written, "epoch \(epoch) after \(written)")
      written = epoch
    }

    /// False: the store cannot be opened again.
    mutating func step(_ input: inout Input) -> Bool {
      let what = input.byte()
      let accesses = disk.accesses
      switch what % 8 {
      case 0: read(limit: 1 + input.byte() % 64, after: what & 8 == 0 ? nil : last)
      case 1:
        // Any number that was handed out, or is settled.
        let number = RecordNumber(input.byte())
        read(limit: 1 + input.byte() % 8, after: number < ring?.frontier ?? 0 ? number : nil)
      case 2, 3:
        guard !out.isEmpty else { break }
        settle(out.remove(at: input.byte() % out.count), what >> 3)
      case 4: append(length: input.word() % 3_900, critical: what & 8 != 0, urgent: what & 0x10 != 0)
      case 5:
        now = now + .seconds(input.byte())
        ring?.tick(now: now)
      case 6:
        for number in out { ring?.acknowledge(number, now: now) }
        out = []
      default: if what & 0x18 == 0 { ring?.purge(now: now) } else { return reopen(closing: what & 0x20 == 0) }
      }
      verify("step \(what)", since: accesses)
      return true
    }

    private mutating func reopen(closing: Bool) -> Bool {
      if closing { ring?.close(now: now) }
      return open()
    }

    private mutating func settle(_ number: RecordNumber, _ how: Int) {
      switch how % 8 {
      case 0: ring?.hold(number)
      case 1: ring?.reject(number, register.make(length: 9), now: now)
      case 2: out += ring?.nextHeld(limit: 3, now: now).map(\.number) ?? []
      case 3: ring?.readAnew()
      default: ring?.acknowledge(number, now: now)
      }
    }

    private mutating func append(length: Int, critical: Bool, urgent: Bool) {
      let record = register.make(length: length)
      if let number = ring?.append(record, critical: critical, urgent: urgent, now: now), !damage.isSealed {
        register.number(number, of: record)
      }
    }

    private mutating func read(limit: Int, after number: RecordNumber?) {
      let all = ring?.next(after: number, limit: limit, now: now) ?? []
      check(all.count <= limit, "\(all.count) records for \(limit)")
      let records = all.filter { !$0.isAhead }
      last = records.last?.number ?? last
      for (record, following) in zip(records, records.dropFirst()) {
        check(record.number < following.number, "\(following.number) after \(record.number)")
      }
      if let number, let first = records.first {
        check(first.number > number, "\(first.number) for what follows \(number)")
      }
      if !damage.isSealed { for record in all { register.check(record) } }
      out += all.map(\.number)
    }

    private func verify(_ what: String, since accesses: Int) {
      guard let ring else { return }
      let (counters, ledger) = (ring.counters, ring.counters.ledger)
      let gone = counters.acknowledged + counters.evicted + counters.expired + counters.lost
      // Blocks that contradict each other behind a right checksum make sums that mean nothing.
      if !damage.isSealed {
        check(counters.recovered + counters.taken == gone + counters.waiting, "\(what): \(counters)")
        let goneEver = ledger.acknowledged + ledger.evicted + ledger.expired + ledger.lost
        check(ledger.taken == goneEver + ledger.waiting, "\(what): \(counters)")
      }
      let cost = disk.accesses - accesses
      check(cost <= accessLimit, "\(what): \(cost) accesses, \(disk.image.slots.count) slots")
    }

    /// Everything that can be had comes out, and the store can be opened again.
    mutating func finish() {
      (out, last) = ([], nil)
      ring?.readAnew()
      var rounds = 0
      while let waiting = ring?.counters.waiting, waiting > 0, rounds < 400 {
        read(limit: 50, after: nil)
        let accesses = disk.accesses
        for number in out { ring?.acknowledge(number, now: now) }
        out = (ring?.nextHeld(limit: 20, now: now) ?? []).map(\.number)
        now = now + .seconds(31)
        ring?.tick(now: now)
        verify("drain", since: accesses)
        rounds += 1
      }
      if damage.isSilent { check(ring?.counters.waiting == 0, "\(ring?.counters.waiting ?? 0) wait for ever") }
      ring?.close(now: now)
      check(open() || !damage.isSilent || damage.isSealed, "cannot be opened again")
    }
  }
#endif
