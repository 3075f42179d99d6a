import TestSupport

#if DEBUG
  import Glibc
  @testable import Spool

  /// A well-formed store, written by a ring.
  struct Sample: Sendable {
    static let slotsPerSegment = 8
    let image: MemoryDisk.Image
    let written: Register.Content

    /// What was written is the same for the same `kind`, 0 … 7: few or many records, with or without acknowledgements,
    /// turned around several times, with failed writes.
    init(kind: Int) {
      var random = SeededRandom(seed: UInt64(kind))
      let register = Register()
      let disk = MemoryDisk(slotsPerSegment: Self.slotsPerSegment)
      let clerk = Clerk(register: register, expiring: 0)
      guard var ring = try? Ring(opening: disk, options: storeOptions, lossReporter: clerk, now: begin) else {
        fatalError("an empty store cannot be opened")
      }
      if kind & 4 != 0 {
        disk.fault = { access, number, _ in access != .read && number % 7 == 3 ? EIO : nil }
      }
      for _ in 0..<(kind & 2 == 0 ? 40 : 200) {
        let record = register.make(length: Int.random(in: 0...1_200, using: &random))
        let isCritical = Int.random(in: 0..<3, using: &random) == 0
        guard let number = ring.append(record, critical: isCritical, now: begin) else { continue }
        register.number(number, of: record)
        guard kind & 1 == 1 else { continue }
        for record in ring.next(after: nil, limit: 3, now: begin) where Bool.random(using: &random) {
          ring.acknowledge(record.number, now: begin)
        }
      }
      image = disk.image
      written = register.content
    }

    static let all = (0..<8).map { Sample(kind: $0) }
  }

  /// Damage to a store that nobody has open.
  struct Damage {
    var image: MemoryDisk.Image
    /// A checksum was made right again: what the store says then need not be true.
    private(set) var isSealed = false
    /// Slots that cannot be read, and how many times; and accesses other than reads that fail.
    private(set) var unreadable: [Int: Int] = [:]
    private(set) var failing: Set<Int> = []

    init(_ image: MemoryDisk.Image) { self.image = image }

    var isSilent: Bool { unreadable.isEmpty && failing.isEmpty }

    mutating func add(_ input: inout Input) {
      let kind = input.byte()
      let slot = input.byte() % max(1, image.slots.count)
      let slots = image.slots.keys.sorted()
      guard !slots.isEmpty else { return }
      let place = slots[slot]
      switch kind % 9 {
      case 0: overwrite(place, input.word() % blockSize, input.take(1 + input.byte() % 16))
      case 1: overwrite(place, 8 + input.byte() % 88, input.take(1 + input.byte() % 8))
      case 2: field(place, 8 + 8 * (input.byte() % 10), number(&input))
      case 3: image.slots.swapAt(place, slots[input.byte() % slots.count])
      case 4: image.slots[place] = image.slots[slots[input.byte() % slots.count]]
      case 5: image.slots[place] = [UInt8](repeating: input.byte() & 1 == 0 ? 0 : 0xFF, count: blockSize)
      case 6: for slot in slots where slot >= place && slot / 8 == place / 8 { image.slots[slot] = nil }
      case 7: unreadable[place] = 1 + input.byte()
      default: failing.insert(input.byte())
      }
      guard kind & 0x80 != 0, kind % 9 < 3, var bytes = image.slots[place] else { return }
      seal(&bytes)
      image.slots[place] = bytes
      isSealed = true
    }

    private mutating func overwrite(_ slot: Int, _ offset: Int, _ bytes: [UInt8]) {
      let end = min(offset + bytes.count, blockSize)
      image.slots[slot]?.replaceSubrange(offset..<end, with: bytes[..<(end - offset)])
    }

    private mutating func field(_ slot: Int, _ offset: Int, _ value: UInt64) {
      overwrite(slot, offset, withUnsafeBytes(of: value.littleEndian) { Array($0) })
    }

    /// Small ones, and those near a power of two.
    private func number(_ input: inout Input) -> UInt64 {
      let (power, near) = (input.byte(), input.byte())
      guard power & 0x80 != 0 else { return UInt64(power) << 8 | UInt64(near) }
      return (UInt64(1) << UInt64(power & 63)) &+ UInt64(near) &- 128
    }

    /// For the check that a wrong record is noticed: a record is changed, and nobody is told.
    mutating func plant() {
      for slot in image.slots.keys.sorted() {
        guard let bytes = image.slots[slot], var block = try? Block(decoding: bytes) else { continue }
        guard let index = block.records.firstIndex(where: { ($0?.count ?? 0) > 8 }) else { continue }
        block.records[index]?[5] ^= 1
        image.slots[slot] = block.encoded()
      }
    }
  }

  extension Dictionary {
    fileprivate mutating func swapAt(_ a: Key, _ b: Key) { (self[a], self[b]) = (self[b], self[a]) }
  }
#endif
