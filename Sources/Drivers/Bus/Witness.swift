/// A register that is known to hold neither only zeros nor only ones.
///
/// Zeros and ones are also what a dead bus returns. A chip without a checksum that says one of them is believed while
/// its witness still holds the same.
struct Witness {
  let register: UInt8
  /// The bits that the chip keeps.
  let mask: [UInt8]
  let value: [UInt8]
}

extension I2CDevice {
  /// Finds a witness: the first of these registers that is neither all zeros nor all ones under the mask.
  func witness(among registers: [UInt8], mask: [UInt8], of name: String) throws(SensorError) -> Witness {
    var seen: [UInt8] = []
    for register in registers {
      let value = zip(try transfer(write: [register], read: mask.count), mask).map { $0 & $1 }
      if value.contains(where: { $0 != 0 }), value != mask {
        return Witness(register: register, mask: mask, value: value)
      }
      seen += value
    }
    throw .malformed("everything that the \(name) says is all zeros or all ones", bytes: seen)
  }

  /// Throws unless the witness still holds what it did. `raw`: the zeros or ones that are in doubt.
  func confirm(_ witness: Witness?, beside raw: [UInt8], of name: String) throws(SensorError) {
    guard let witness else { throw .malformed("the \(name) was not started", bytes: []) }
    let found = try transfer(write: [witness.register], read: witness.mask.count)
    guard zip(found, witness.mask).map({ $0 & $1 }) == witness.value else {
      throw .malformed("the \(name) says the same in all registers: a dead bus", bytes: raw + found)
    }
  }
}
