// Block can be seen only where modules are built for testing.
#if DEBUG
  @testable import Spool

  /// A byte that says whether the block is sealed, then the block's bytes, zeros behind them. What decodes encodes to
  /// the same block; what stands behind the entries has no meaning.
  func tryBlock(_ bytes: [UInt8]) {
    var input = Input(bytes)
    let isSealed = input.byte() & 1 == 1
    var bytes = input.take(blockSize)
    bytes += [UInt8](repeating: 0, count: blockSize - bytes.count)
    if isSealed {
      bytes.replaceSubrange(0..<4, with: [0x46, 0x50, 0x42, Block.version])
      seal(&bytes)
    }
    guard let block = try? Block(decoding: bytes) else { return }
    let used = (block.records + block.carried).reduce(0) { $0 + Block.size(of: $1) }
    check(used <= Block.capacity, "\(used) bytes of entries")
    check(block.holesAtEnd <= block.end, "\(block.holesAtEnd) holes below \(block.end)")
    let behind = Block.headerSize + used
    bytes.replaceSubrange(behind..., with: [UInt8](repeating: 0, count: blockSize - behind))
    seal(&bytes)
    check(block.encoded() == bytes, "another block comes back")
  }
#endif
