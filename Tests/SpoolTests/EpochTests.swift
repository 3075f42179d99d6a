import Glibc
import Telemetry
import TestSupport
import Testing

@testable import Spool

/// No epoch is given twice, whatever becomes of the block that announced it.
@Suite struct EpochTests {
  private func open(_ disk: MemoryDisk, _ options: SpoolOptions = SpoolOptions()) throws -> Ring {
    try Ring(opening: disk, options: options, now: start)
  }

  @Test("A buffer whose only block has gone bad does not begin with the same epoch again", arguments: [0, 3_000])
  func onlyBlock(offset: Int) throws {
    let disk = MemoryDisk(slotsPerSegment: 64)
    _ = try open(disk)
    disk.image.slots[0]?[offset] ^= 1
    let second = try open(disk).epoch
    #expect(second >= Block.epochLimit / 2)
    #expect(try open(disk).epoch > second)
  }

  @Test("Nor does one whose newest segment has only its first block, and that has gone bad")
  func firstOfNewSegment() throws {
    let disk = MemoryDisk(slotsPerSegment: 64)
    var epoch: UInt32 = 0
    while disk.writtenSlots.last != 64 { epoch = try open(disk).epoch }
    disk.image.slots[64]?[3_000] ^= 1
    #expect(try open(disk).epoch > epoch)
  }

  @Test("Nor where that segment was used before", arguments: [true, false])
  func firstOfUsedSegment(isUnreadable: Bool) throws {
    let disk = MemoryDisk(slotsPerSegment: 8)
    let options = smallOptions(segments: 2)
    var ring = try open(disk, options)
    // Three times round.
    for _ in 0..<45 {
      ring.appendBlock()
      for record in ring.readAll() { ring.acknowledge(record.number, now: start) }
    }
    var (epoch, slot) = (ring.epoch, 1)
    for _ in 0..<20 where slot % 8 != 0 {
      let before = disk.writtenSlots.count
      epoch = try open(disk, options).epoch
      slot = disk.writtenSlots.dropFirst(before).last ?? 1
    }
    try #require(slot % 8 == 0)
    if isUnreadable {
      disk.fault = { access, _, place in access == .read && place == slot ? EIO : nil }
    } else {
      disk.image.slots[slot]?[3_000] ^= 1
    }
    #expect(try open(disk, options).epoch > epoch, "slot \(slot)")
  }

  private func stamp(seconds: Int64, synced: Bool = true) -> Stamp {
    Stamp(
      boot: BootID(1), uptime: Uptime(nanoseconds: 1), wall: WallTime(nanoseconds: seconds * 1_000_000_000),
      synced: synced)
  }

  @Test("A new store begins with the tenths of minutes since 2020, if the clock is set and says something that can be")
  func tenths() {
    // 2026-11-30 07:00 UTC.
    #expect(Epochs.first(at: stamp(seconds: 1_796_022_000)) == 36_364_200)
    #expect(Epochs.first(at: stamp(seconds: 1_796_022_006)) == 36_364_201)
    #expect(Epochs.first(at: stamp(seconds: 1_796_022_000, synced: false)) == nil)
    for seconds in [0, 1_577_836_800, 1_735_689_599, 5_000_000_000, 9_000_000_000] as [Int64] {
      #expect(Epochs.first(at: stamp(seconds: seconds)) == nil, "\(seconds)")
    }
    #expect(Epochs.first(at: stamp(seconds: 4_733_596_799)) == 525_959_999)
  }

  @Test("The ranges of first epochs do not meet, and leave room for starts in each")
  func ranges() {
    #expect(525_960_000 < Epochs.withoutClock.lowerBound)
    #expect(Epochs.withoutClock.upperBound < Epochs.unknown.lowerBound)
    #expect(Epochs.unknown.upperBound < Block.epochLimit / 8 * 7)
  }

  @Test("An empty store begins with the epoch that it is given, or with a random one, and counts on from there")
  func newStore() throws {
    for given in [nil, 36_364_200] as [UInt32?] {
      let disk = MemoryDisk(slotsPerSegment: 8)
      var options = smallOptions()
      options.firstEpoch = given
      let first = try Ring(opening: disk, options: options, lossReporter: SilentBookkeeper(), now: start)
      #expect(given == first.epoch || given == nil && Epochs.withoutClock.contains(first.epoch))
      #expect(first.notices.contains(.madeAnew(epoch: first.epoch)))
      options.firstEpoch = 70_000_000
      let second = try Ring(opening: disk, options: options, lossReporter: SilentBookkeeper(), now: start)
      #expect(second.epoch == first.epoch + 1)
      #expect(!second.notices.contains { if case .madeAnew = $0 { true } else { false } })
    }
  }
}
