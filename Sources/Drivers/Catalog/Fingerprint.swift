/// A chip's answers to questions that change nothing in it: its ID registers or its serial number.
struct Fingerprint: Sendable {
  struct Question: Sendable {
    /// A register, or a command that only reads.
    let write: [UInt8]
    let count: Int
    let fits: @Sendable ([UInt8]) -> Bool
    /// The time that the chip needs to answer.
    var pause = Duration.zero

    init(_ write: [UInt8], _ count: Int, pause: Duration = .zero, fits: @escaping @Sendable ([UInt8]) -> Bool) {
      self.write = write
      self.count = count
      self.pause = pause
      self.fits = fits
    }

    /// The reply fits if it equals `value` wherever the mask has ones.
    init(_ write: UInt8, is value: [UInt8], mask: [UInt8]? = nil) {
      let mask = mask ?? value.map { _ in 0xFF }
      self.init([write], value.count) { reply in zip(zip(reply, mask), value).allSatisfy { $0.0 & $0.1 == $1 } }
    }
  }

  let drivers: [String]
  /// Asked in turn, as long as the answers fit: a question may disturb a chip that the previous question rules out.
  let questions: [Question]
  /// True: no other chip would answer like this.
  let isProof: Bool
  /// The questions are asked at these addresses only.
  let addresses: ClosedRange<UInt8>

  init(
    _ drivers: String..., isProof: Bool = true, at addresses: ClosedRange<UInt8> = I2CAddress.valid,
    asking questions: Question...
  ) {
    self.drivers = drivers
    self.questions = questions
    self.isProof = isProof
    self.addresses = addresses
  }

  /// The drivers of the only chips that would give this reply to this question. The reply may be longer than the
  /// question asks for.
  static func drivers(answering reply: [UInt8], to write: [UInt8], at address: I2CAddress) -> [String] {
    let known = all.filter { fingerprint in
      fingerprint.isProof && fingerprint.addresses.contains(address.value)
        && fingerprint.questions.contains { question in
          question.write == write && question.count <= reply.count && question.fits(Array(reply.prefix(question.count)))
        }
    }
    return known.flatMap(\.drivers)
  }

  /// In the order in which they are tried. Registers come before two-byte commands, which a chip with registers would
  /// take for a value. Proofs come before guesses, except that `pointers` come before `commands`.
  static let all: [Fingerprint] = registers + infrared + pointers + commands + guesses

  /// Sources: the datasheets that the drivers name.
  private static let registers = [
    Fingerprint("tmp117", asking: .init(0x0F, is: [0x01, 0x17], mask: [0x0F, 0xFF])),
    Fingerprint("tmp116", asking: .init(0x0F, is: [0x11, 0x16])),
    Fingerprint("mcp9808", asking: .init(0x06, is: [0x00, 0x54]), .init(0x07, is: [0x04], mask: [0xFF])),
    Fingerprint("adt7410", "adt7420", asking: .init(0x0B, is: [0xC8], mask: [0xF8])),
    Fingerprint("stts22h", asking: .init(0x01, is: [0xA0])),
    Fingerprint("mcp9600", asking: .init(0x20, is: [0x40])),
    Fingerprint("mcp9601", asking: .init(0x20, is: [0x41])),
    Fingerprint("bmp180", asking: .init(0xD0, is: [0x55])),
    // Includes the IDs of sample chips, which cheap boards have.
    Fingerprint("bmp280", asking: .init([0xD0], 1) { BMx280.identities[0].contains($0[0]) }),
    Fingerprint("bme280", asking: .init(0xD0, is: [0x60])),
    Fingerprint("bme680", asking: .init(0xD0, is: [0x61]), .init(0xF0, is: [0x00])),
    Fingerprint("bme688", asking: .init(0xD0, is: [0x61]), .init(0xF0, is: [0x01])),
    Fingerprint("bmp388", asking: .init(0x00, is: [0x50])),
    Fingerprint("bmp390", asking: .init(0x00, is: [0x60])),
    // 0xFE alone would reset an SHT2x.
    Fingerprint("hdc1080", asking: .init(0xFF, is: [0x10, 0x50]), .init(0xFE, is: [0x54, 0x49])),
    Fingerprint("hdc1008", asking: .init(0xFF, is: [0x10, 0x00]), .init(0xFE, is: [0x54, 0x49])),
    Fingerprint("hdc2010", "hdc2080", asking: .init(0xFC, is: [0x49, 0x54, 0xD0, 0x07])),
    Fingerprint("sht4x", asking: .init([0x89], 6, pause: .milliseconds(2), fits: hasChecksums)),
  ]

  /// SMBus: a word and its checksum over all bytes, including the address bytes. An MLX90614 can have any address. It
  /// is looked for at its usual address and at the following ones, which people give to a second and a third chip.
  private static let infrared = (UInt8(0x5A)...0x5F).map { address in
    Fingerprint(
      "mlx90614", at: address...address,
      asking: .init([0x06], 3) { reply in
        let bytes = [address << 1, 0x06, address << 1 | 1, reply[0], reply[1]]
        return reply[1] & 0x80 == 0 && CRC8.packet(bytes) == reply[2]
      })
  }

  /// SHT3x and HDC302x share their addresses with chips that have four registers. Such a chip would take a command for
  /// a register and a value, and the value would end up in one of its limits. These fingerprints are therefore loose:
  /// no command is sent to what may be such a chip.
  private static let pointers = [
    Fingerprint(
      "as6212", "as6221", isProof: false, at: 0x44...0x47, asking: .init(0x01, is: [0x40, 0x00], mask: [0x60, 0x1F]),
      something(0x03), something(0x02)),
    Fingerprint(
      "max30205", isProof: false, at: 0x44...0x47, asking: .init(0x01, is: [0x00], mask: [0x80]), something(0x03),
      something(0x02)),
  ]

  private static let commands = [
    Fingerprint(
      "si70xx",
      asking: .init([0xFC, 0xC9], 3) {
        [0x06, 0x0D, 0x14, 0x15].contains($0[0]) && CRC8.sensirion($0.prefix(2), startingWith: 0) == $0[2]
      }),
    Fingerprint(
      "hdc302x", asking: .init([0x37, 0x81], 3) { $0[0] == 0x30 && $0[1] == 0x00 && hasChecksums($0) }),
    Fingerprint("sht3x", asking: .init([0x36, 0x82], 6, pause: .milliseconds(2), fits: hasChecksums)),
    Fingerprint("sht3x", asking: .init([0xF3, 0x2D], 3, fits: hasChecksums)),
    Fingerprint(
      "shtc3", asking: .init([0xEF, 0xC8], 3) { $0[0] & 0x08 == 0x08 && $0[1] & 0x3F == 0x07 && hasChecksums($0) }),
    Fingerprint(
      "shtc1", asking: .init([0xEF, 0xC8], 3) { $0[1] & 0x3F == 0x07 && hasChecksums($0) }),
  ]

  private static let guesses = [
    Fingerprint(
      "tmp102", "tmp112", isProof: false, asking: .init(0x01, is: [0x60, 0x00], mask: [0x60, 0x0F]),
      .init(0x03, is: [0x00], mask: [0x80]), .init(0x02, is: [0x00], mask: [0x80])),
    Fingerprint("as6200", "as6212", "as6221", isProof: false, asking: .init(0x01, is: [0x40, 0xA0])),
    Fingerprint("ads1115", "ads1015", isProof: false, asking: .init(0x01, is: [0x85, 0x83])),
    Fingerprint(
      "lm75", "lm75b", "pct2075", "tmp75", "tmp105", "max30205", isProof: false,
      asking: .init(0x01, is: [0x00], mask: [0x80]),
      limit(0x03), limit(0x02)),
    Fingerprint(
      "ds1621", "ds1631", isProof: false, asking: .init(0xAC, is: [0x08], mask: [0x08]), .init([0xA1], 2, fits: isLimit)
    ),
    Fingerprint(
      "sht2x", "htu21d", isProof: false, asking: .init([0xE7], 1) { $0[0] & 0x3E == 0x02 || $0[0] & 0x3E == 0x3A }),
    Fingerprint("aht10", "aht20", isProof: false, asking: .init([], 1) { $0[0] & 0x07 == 0 && $0[0] != 0 }),
  ]

  /// Any answer fits: the prober itself rejects all zeros and all ones.
  private static func something(_ register: UInt8) -> Question { Question([register], 2) { _ in true } }

  private static func limit(_ register: UInt8) -> Question { Question([register], 2, fits: isLimit) }

  /// A limit of nine bits, which is neither zero nor has a high byte of ones.
  private static func isLimit(_ reply: [UInt8]) -> Bool {
    reply[1] & 0x7F == 0 && reply[0] != 0xFF && (reply[0] != 0 || reply[1] != 0)
  }

  private static func hasChecksums(_ reply: [UInt8]) -> Bool { (try? Sensirion.words(in: reply)) != nil }
}
