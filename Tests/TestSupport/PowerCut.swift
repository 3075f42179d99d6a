import Spool

/// Replays recorded operations on a medium, and keeps apart what is durable on it and what is only in the cache.
package struct PowerCut: Sendable {
  private var safe: MemoryDisk.Image
  private var cache: [(slot: Int, block: [UInt8])] = []

  /// `image`: the medium's contents before the first operation.
  package init(on image: MemoryDisk.Image) { safe = image }

  /// Performs one operation.
  package mutating func perform(_ operation: MemoryDisk.Operation) {
    switch operation {
    case .create(let segment): safe.create(segment)
    case .remove(let segment):
      safe.remove(segment)
      cache.removeAll { $0.slot / safe.slotsPerSegment == segment }
    case .write(let slot, let block): cache.append((slot, block))
    case .sync(let segment):
      let written = cache.filter { $0.slot / safe.slotsPerSegment == segment }
      for write in written { safe.slots[write.slot] = write.block }
      cache.removeAll { $0.slot / safe.slotsPerSegment == segment }
    case .failedSync(let segment):
      cache.removeAll { $0.slot / safe.slotsPerSegment == segment }
    case .note(let bytes): safe.note = bytes
    }
  }

  /// What a new process reads: what is on the medium, and what the kernel still has to write. What could not be synced is
  /// in neither, because a new process drops it from the kernel's cache.
  package var image: MemoryDisk.Image {
    var image = safe
    for write in cache { image.slots[write.slot] = write.block }
    return image
  }

  /// A possible state of the medium when the power fails now, during `operation`. Of the unsynced writes, any subset
  /// has reached the medium, in any order. A block may be torn into sectors of 512 bytes, one of which may be garbage.
  package func image(during operation: MemoryDisk.Operation?, using random: inout some RandomNumberGenerator)
    -> MemoryDisk.Image
  {
    var image = safe
    var unsynced = cache
    switch operation {
    case .create(let segment): if Bool.random(using: &random) { image.create(segment) }
    case .remove(let segment): if Bool.random(using: &random) { image.remove(segment) }
    case .write(let slot, let block): unsynced.append((slot, block))
    case .note(let bytes): if Bool.random(using: &random) { image.note = bytes }
    case .sync, .failedSync, nil: break
    }
    unsynced.shuffle(using: &random)
    for write in unsynced {
      switch Int.random(in: 0..<3, using: &random) {
      case 0: image.slots[write.slot] = write.block
      case 1: image.slots[write.slot] = torn(write.block, over: image.slots[write.slot], using: &random)
      default: break
      }
    }
    return image
  }

  private func torn(_ new: [UInt8], over old: [UInt8]?, using random: inout some RandomNumberGenerator) -> [UInt8] {
    var block = old ?? [UInt8](repeating: 0, count: new.count)
    for start in stride(from: 0, to: new.count, by: 512) where Bool.random(using: &random) {
      block.replaceSubrange(start..<start + 512, with: new[start..<start + 512])
    }
    if Int.random(in: 0..<4, using: &random) == 0 {
      let start = Int.random(in: 0..<new.count / 512, using: &random) * 512
      for index in start..<start + 512 { block[index] = UInt8.random(in: 0...255, using: &random) }
    }
    return block
  }
}

/// A random number generator that can be seeded: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
/// generators, 2014).
package struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
