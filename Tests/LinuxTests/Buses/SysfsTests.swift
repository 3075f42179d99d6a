import Drivers
import Foundation
import Linux
import Testing

@Suite("Attributes of the kernel")
struct SysfsReadTests {
  let root: FakeRoot
  let sysfs: KernelSysfs
  static let attribute = "/sys/class/hwmon/hwmon0/temp1_input"

  init() throws {
    root = try FakeRoot()
    sysfs = KernelSysfs(root: root.path)
  }

  @Test("An attribute that is not there is absent, by the name that the kernel has for it")
  func missing() {
    #expect(throws: BusError(.absent, "read \(Self.attribute)", code: ENOENT)) { try sysfs.read(Self.attribute) }
  }

  @Test("A path through something that is no directory is absent")
  func throughAFile() throws {
    try root.write("", to: "/sys/class")
    #expect(throws: BusError(.absent, "read \(Self.attribute)", code: ENOTDIR)) { try sysfs.read(Self.attribute) }
  }

  @Test(
    "A file's time may be anything that the file system keeps",
    arguments: [
      // /dev/shm keeps times of any size; the largest that nanoseconds in a machine word can say is in between.
      (9_223_372_036, 900_000_000, Int64.max), (99_999_999_999, 0, Int64.max), (-99_999_999_999, 0, Int64.min),
      (1_700_000_000, 5, 1_700_000_000_000_000_005), (-1, 0, -1_000_000_000),
    ] as [(Int, Int, Int64)])
  func anyTime(seconds: Int, nanoseconds: Int, expected: Int64) throws {
    let path = "/dev/shm/fieldpost-time-\(UUID().uuidString)"
    defer { unlink(path) }
    #expect(FileManager.default.createFile(atPath: path, contents: Data("21500".utf8)))
    let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
    #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
    let times = try KernelSysfs(root: "").times(of: path)
    #expect(times.written.nanoseconds == expected)
  }

  @Test("A directory is no attribute")
  func directory() throws {
    try root.makeDirectory(Self.attribute)
    let expected = BusError(.failed, "read \(Self.attribute)", code: EISDIR, advice: "it is a folder, not a file")
    #expect(throws: expected) { try sysfs.read(Self.attribute) }
  }

  @Test("A pipe is refused before it is opened: nobody may ever write to it, or read it")
  func pipe() throws {
    try root.makeDirectory("/run")
    let pipe = root.path + "/run/boiler"
    #expect(mkfifo(pipe, 0o600) == 0)
    // As much as a reading takes at most: without the refusal it would end, and not hold up this test.
    let descriptor = open(pipe, O_RDWR | O_NONBLOCK)
    defer { close(descriptor) }
    #expect(write(descriptor, [UInt8](repeating: 0x31, count: 4_096), 4_096) == 4_096)
    let advice = "it is a pipe, not a file"
    #expect(throws: BusError(.failed, "read /run/boiler", advice: advice)) { try sysfs.read("/run/boiler") }
    #expect(throws: BusError(.failed, "open /run/boiler", advice: advice)) {
      try sysfs.write([0x31], to: "/run/boiler")
    }
  }

  @Test("A socket and a device are no files either, also behind a link; a device is not opened, which can arm it")
  func otherKinds() throws {
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(listener) }
    try root.makeDirectory("/run")
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array((root.path + "/run/socket").utf8)
    try #require(path.count < 108)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) }
    }
    #expect(bound == 0)
    try root.link("/run/device", to: "/dev/zero")
    for (name, kind) in [("socket", "socket"), ("device", "device")] {
      #expect(throws: BusError(.failed, "read /run/\(name)", advice: "it is a \(kind), not a file")) {
        try sysfs.read("/run/\(name)")
      }
    }
  }

  /// F_SETLEASE of <fcntl.h>, which Swift does not see.
  private static let setLease: Int32 = 1_024

  @Test("A file that another program keeps from being opened is a fault at once, not when the kernel ends its lease")
  func leased() throws {
    try root.write("21500\n", to: Self.attribute)
    let holder = open(root.path + Self.attribute, O_RDWR)
    defer { close(holder) }
    // The lease is broken by a signal, whose usual effect is the end of the process.
    signal(SIGIO, SIG_IGN)
    try #require(fcntl(holder, Self.setLease, F_WRLCK) == 0)
    let advice = "another program keeps it from being opened at the moment"
    #expect(throws: BusError(.failed, "read \(Self.attribute)", code: EAGAIN, advice: advice)) {
      try sysfs.read(Self.attribute)
    }
    #expect(fcntl(holder, Self.setLease, F_UNLCK) == 0)
    #expect(try sysfs.read(Self.attribute) == Array("21500\n".utf8))
  }

  @Test("A link that leads nowhere is absent")
  func dangling() throws {
    try root.link(Self.attribute, to: "gone")
    #expect(throws: BusError(.absent, "read \(Self.attribute)", code: ENOENT)) { try sysfs.read(Self.attribute) }
  }

  @Test("A link that leads to itself is an error, not an endless walk")
  func loop() throws {
    try root.link(Self.attribute, to: "temp1_input")
    #expect(throws: BusError(.failed, "read \(Self.attribute)", code: ELOOP)) { try sysfs.read(Self.attribute) }
  }

  @Test("An attribute that may not be read is denied", .enabled(if: mayBeDenied))
  func denied() throws {
    try root.write("21500\n", to: Self.attribute)
    try root.setMode(0, of: Self.attribute)
    #expect(throws: BusError(.denied, "read \(Self.attribute)", code: EACCES)) { try sysfs.read(Self.attribute) }
  }

  @Test("What the kernel's own driver refuses keeps its errno")
  func refusedByTheDriver() {
    // The loopback has no speed.
    let path = "/sys/class/net/lo/speed"
    #expect(throws: BusError(.unsupported, "read \(path)", code: EINVAL)) { try KernelSysfs().read(path) }
  }

  @Test("What a link leads to is no place of readings where secrets and processes are")
  func privatePlaces() throws {
    let link = root.path + "/link"
    for (target, place) in [
      ("/etc/passwd", "/etc/passwd"), ("/proc/self/root/etc/passwd", "/etc/passwd"),
      ("/proc/self/environ", "/proc/\(getpid())/environ"),
    ] {
      try #require(symlink(target, link) == 0)
      defer { unlink(link) }
      let advice = "it is \(place), which is no place of readings"
      for path in [link, target] {
        #expect(throws: BusError(.failed, "read \(path)", advice: advice)) { try KernelSysfs().read(path) }
      }
    }
  }

  @Test("A failed read leaves nothing open")
  func noLeak() throws {
    try root.makeDirectory(Self.attribute)
    #expect(throws: BusError.self) { try sysfs.read(Self.attribute) }
    #expect(try root.descriptors(on: Self.attribute) == 0)
  }

  @Test("A read is one open, and leaves nothing open")
  func oneOpen() throws {
    try root.write("21500\n", to: Self.attribute)
    let counter = try OpenCounter(root.path + Self.attribute)
    _ = try sysfs.read(Self.attribute)
    #expect(counter.opens() == 1)
    _ = try sysfs.read(Self.attribute)
    #expect(counter.opens() == 1)
    #expect(try root.descriptors(on: Self.attribute) == 0)
  }

  @Test("Each read sees the value of its time")
  func fresh() throws {
    try root.write("21500\n", to: Self.attribute)
    #expect(try sysfs.read(Self.attribute) == Array("21500\n".utf8))
    try root.write("-1\n", to: Self.attribute)
    #expect(try sysfs.read(Self.attribute) == Array("-1\n".utf8))
  }

  @Test("An empty attribute is empty, not an error")
  func empty() throws {
    try root.write("", to: Self.attribute)
    #expect(try sysfs.read(Self.attribute) == [])
  }

  @Test("Bytes come as they are, zeros and broken UTF-8 among them")
  func rawBytes() throws {
    let bytes: [UInt8] = [0x00, 0xFF, 0xC3, 0x0A, 0x00]
    try root.write(bytes, to: Self.attribute)
    #expect(try sysfs.read(Self.attribute) == bytes)
  }

  @Test("A whole page is read, and nothing beyond it", arguments: [4_095, 4_096, 4_097, 100_000])
  func page(size: Int) throws {
    try root.write([UInt8](repeating: 0x31, count: size), to: Self.attribute)
    #expect(try sysfs.read(Self.attribute).count == min(size, 4_096))
  }

  @Test("Without a root the machine's own files are read")
  func noRoot() throws {
    #expect(try KernelSysfs().read("/proc/sys/kernel/ostype") == Array("Linux\n".utf8))
  }
}

@Suite("Directories of the kernel")
struct SysfsEntriesTests {
  let root: FakeRoot
  let sysfs: KernelSysfs

  init() throws {
    root = try FakeRoot()
    sysfs = KernelSysfs(root: root.path)
  }

  @Test("A directory that is not there is absent")
  func missing() {
    #expect(throws: BusError(.absent, "list /sys/bus/w1", code: ENOENT)) { try sysfs.entries(of: "/sys/bus/w1") }
  }

  @Test("A file is no directory")
  func file() throws {
    try root.write("", to: "/sys/bus")
    #expect(throws: BusError(.absent, "list /sys/bus", code: ENOTDIR)) { try sysfs.entries(of: "/sys/bus") }
  }

  @Test("A directory that may not be read is denied", .enabled(if: mayBeDenied))
  func denied() throws {
    try root.makeDirectory("/sys/bus")
    try root.setMode(0, of: "/sys/bus")
    #expect(throws: BusError(.denied, "list /sys/bus", code: EACCES)) { try sysfs.entries(of: "/sys/bus") }
  }

  @Test("An empty directory has no entries, not even itself and its parent")
  func empty() throws {
    try root.makeDirectory("/sys/bus")
    #expect(try sysfs.entries(of: "/sys/bus") == [])
  }

  @Test("Names are sorted, whatever they are: files, directories, links that lead nowhere, hidden ones")
  func sorted() throws {
    try root.write("", to: "/sys/b")
    try root.makeDirectory("/sys/a")
    try root.link("/sys/c", to: "gone")
    try root.write("", to: "/sys/.hidden")
    try root.write("", to: "/sys/28-0316a2795bff")
    #expect(try sysfs.entries(of: "/sys") == [".hidden", "28-0316a2795bff", "a", "b", "c"])
  }

  @Test("A name of the greatest length comes whole")
  func longName() throws {
    let name = String(repeating: "n", count: 255)
    try root.write("", to: "/sys/\(name)")
    #expect(try sysfs.entries(of: "/sys") == [name])
  }

  @Test("Listing leaves nothing open")
  func noLeak() throws {
    try root.makeDirectory("/sys")
    _ = try sysfs.entries(of: "/sys")
    #expect(try root.descriptors(on: "/sys") == 0)
  }
}

@Suite("Links of the kernel")
struct SysfsLinkTests {
  let root: FakeRoot
  let sysfs: KernelSysfs
  static let link = "/sys/class/hwmon/hwmon0"
  static let device = "/sys/devices/platform/soc/i2c-1/1-0048/hwmon/hwmon0"

  init() throws {
    root = try FakeRoot()
    sysfs = KernelSysfs(root: root.path)
  }

  @Test("A link that is not there is absent")
  func missing() {
    #expect(throws: BusError(.absent, "follow \(Self.link)", code: ENOENT)) { try sysfs.target(ofLink: Self.link) }
  }

  @Test("A link that leads nowhere is absent")
  func dangling() throws {
    try root.link(Self.link, to: "../../devices/gone")
    #expect(throws: BusError(.absent, "follow \(Self.link)", code: ENOENT)) { try sysfs.target(ofLink: Self.link) }
  }

  @Test("Links in a circle are an error")
  func circle() throws {
    try root.link("/sys/a", to: "b")
    try root.link("/sys/b", to: "a")
    #expect(throws: BusError(.failed, "follow /sys/a", code: ELOOP)) { try sysfs.target(ofLink: "/sys/a") }
  }

  @Test("A link out of the root is absent: what is there belongs to another machine")
  func outside() throws {
    let other = try FakeRoot()
    try root.link(Self.link, to: other.path)
    let refused = BusError(.absent, "follow a link out of \(root.path) to \(other.path)")
    #expect(throws: refused) { try sysfs.target(ofLink: Self.link) }
  }

  @Test("A directory whose name begins like the root's is outside of it")
  func namesake() throws {
    let namesake = root.path + "-2"
    try FileManager.default.createDirectory(atPath: namesake, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: namesake) }
    try root.link(Self.link, to: namesake)
    #expect(throws: BusError.self) { try sysfs.target(ofLink: Self.link) }
  }

  @Test("A relative link leads to an absolute path without the root")
  func relative() throws {
    try root.makeDirectory(Self.device)
    try root.link(Self.link, to: "../../devices/platform/soc/i2c-1/1-0048/hwmon/hwmon0")
    #expect(try sysfs.target(ofLink: Self.link) == Self.device)
  }

  @Test("Links are followed to the end, those on the way too")
  func chain() throws {
    try root.makeDirectory(Self.device)
    try root.link("/sys/class/hwmon", to: "../elsewhere")
    try root.link("/sys/elsewhere/hwmon0", to: "one")
    try root.link("/sys/elsewhere/one", to: "../devices/platform/soc/i2c-1/1-0048/hwmon/hwmon0")
    #expect(try sysfs.target(ofLink: Self.link) == Self.device)
  }

  @Test("What is no link is its own target")
  func plain() throws {
    try root.makeDirectory(Self.device)
    #expect(try sysfs.target(ofLink: Self.device) == Self.device)
  }

  @Test("A root that is itself a link, or ends in a slash, is removed as well", arguments: ["/", ""])
  func linkedRoot(ending: String) throws {
    try root.makeDirectory("/real" + Self.device)
    try root.link("/real" + Self.link, to: "../../devices/platform/soc/i2c-1/1-0048/hwmon/hwmon0")
    try root.link("/root", to: "real")
    #expect(try KernelSysfs(root: root.path + "/root" + ending).target(ofLink: Self.link) == Self.device)
  }

  @Test("The machine's own root changes nothing", arguments: ["", "/"])
  func ownRoot(root: String) throws {
    #expect(
      try KernelSysfs(root: root).target(ofLink: "/proc/self/cwd/..")
        == KernelSysfs().target(ofLink: "/proc/self/cwd/.."))
    #expect(try KernelSysfs(root: root).target(ofLink: "/proc/sys/kernel") == "/proc/sys/kernel")
  }
}
