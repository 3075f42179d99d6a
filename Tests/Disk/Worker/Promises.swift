import Glibc
import Linux

/// Nanoseconds of CLOCK_MONOTONIC, which the log of the disk uses too.
func monotonic() -> UInt64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

func fail(_ text: String) -> Never {
  printError("spoolworker: \(text)\n")
  exit(1)
}

/// What the writer has promised, one line each, on a disk that nobody harms. A line is one write: when the writer is
/// killed it is whole or missing. `t` is the time of the line.
///
///     life L t                    the writer has opened the spool, for the L-th time
///     taken L I N t               record I has been taken as number N
///     durable L I J t             records I ..< J survive from now on
///     acknowledging L I t         record I is about to be acknowledged
///     evicted E t                 the spool has evicted E records in this life: a moment worth a power cut
///     reported L I J t            a report has come out of the spool that records I … J of life L were given up
///     settled L I t               what was taken before record I of life L never comes back
struct Promises {
  private let file: Int32

  init(appendingTo path: String) {
    file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    if file < 0 { fail("\(path): errno \(errno)") }
  }

  func tell(_ line: String) {
    let text = Array("\(line) \(monotonic())\n".utf8)
    let written = text.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    if written != text.count { fail("the promises cannot be written: errno \(errno)") }
  }
}

/// The promises that hold at some moment.
struct History {
  struct Entry {
    let number: UInt64
    let taken: UInt64
    var durable: UInt64 = .max
    var acknowledging: UInt64 = .max
  }

  /// By life, then by index. A life that took nothing, or told nothing, is an empty one.
  private(set) var lives: [[Entry]] = []
  /// Of the moment.
  private(set) var reported: [Span] = []
  private(set) var settled = Name(life: 0, index: 0)
  private let moment: UInt64

  /// What `path` holds that was told before `moment`, and everything that was ever taken.
  init(of path: String, before moment: UInt64 = .max) {
    self.moment = moment
    guard let bytes = try? readFile(path, limit: 1 << 28) else { return }
    for line in bytes.split(separator: UInt8(ascii: "\n")) { add(line) }
  }

  private mutating func add(_ line: ArraySlice<UInt8>) {
    let words = line.split(separator: UInt8(ascii: " "))
    let numbers = words.dropFirst().map { $0.reduce(UInt64(0)) { $0 &* 10 &+ UInt64($1 &- 0x30) } }
    guard let kind = words.first?.first, let time = numbers.last else { return }
    let life = Int(numbers[0]) - 1
    switch kind {
    case UInt8(ascii: "l"): while lives.count <= life { lives.append([]) }
    case UInt8(ascii: "t"): lives[life].append(Entry(number: numbers[2], taken: time))
    case UInt8(ascii: "d"): for index in numbers[1]..<numbers[2] { lives[life][Int(index)].durable = time }
    case UInt8(ascii: "a"):
      if lives.indices.contains(life), lives[life].indices.contains(Int(numbers[1])) {
        lives[life][Int(numbers[1])].acknowledging = min(lives[life][Int(numbers[1])].acknowledging, time)
      }
    case UInt8(ascii: "r") where time < moment:
      reported.append(Span(life: UInt32(numbers[0]), first: UInt32(numbers[1]), last: UInt32(numbers[2])))
    case UInt8(ascii: "s") where time < moment:
      settled = max(settled, Name(life: UInt32(numbers[0]), index: UInt32(numbers[1])))
    default: break
    }
  }

  /// Nil: never told. The writer may have ended between taking its last record and telling so.
  subscript(name: Name) -> Entry? {
    let life = Int(name.life) - 1
    guard lives.indices.contains(life), lives[life].indices.contains(Int(name.index)) else { return nil }
    return lives[life][Int(name.index)]
  }

  /// Whether this may have been on its way into the spool.
  func couldExist(_ name: Name) -> Bool {
    let life = Int(name.life) - 1
    guard lives.indices.contains(life), name.index <= lives[life].count else { return false }
    guard name.index > 0 else { return true }
    return lives[life][Int(name.index) - 1].taken < moment
  }

  /// What has to be in the spool, in order, unless a report says that it was given up.
  var owed: [Name] {
    var names: [Name] = []
    for (life, entries) in lives.enumerated() {
      for (index, entry) in entries.enumerated() where entry.durable < moment && entry.acknowledging >= moment {
        let name = Name(life: UInt32(life + 1), index: UInt32(index))
        if name >= settled { names.append(name) }
      }
    }
    return names
  }

  /// How many records may have been on their way to the disk when the power failed: such a batch can leave some of its
  /// blocks, and the spool then tells of those that are missing between them. After a kill there are none: what was
  /// written is in the kernel's hands, in order.
  func unpromised(besides present: Set<Name>) -> Int {
    guard moment != .max else { return 0 }
    var count = 1
    for (life, entries) in lives.enumerated() {
      for (index, entry) in entries.enumerated()
      where entry.taken < moment && entry.durable >= moment && entry.acknowledging >= moment {
        if !present.contains(Name(life: UInt32(life + 1), index: UInt32(index))) { count += 1 }
      }
    }
    return count
  }
}
