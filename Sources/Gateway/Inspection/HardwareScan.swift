import Drivers
import Linux
import Telemetry

/// The buses and sensors of this machine that a configuration could name. Nothing is changed: see `Prober`.
package struct HardwareScan {
  package struct Bus: Sendable {
    package let name: String
    package let found: [(address: I2CAddress, finding: Prober.Finding)]
    /// Why the bus could not be scanned, or not to the end.
    package let failure: BusError?
  }

  package let buses: [Bus]
  package let kernelSensors: [KernelSurvey.Found]
  package let gpioChips: [GPIOChipInfo]
  /// For each kind of bus that the board does not have: what to do.
  package let absences: [Absence]

  /// `wanted`: only these I²C buses; empty for all.
  package init(_ board: Board, buses wanted: [String] = []) {
    buses = (wanted.isEmpty ? board.adapters() : wanted).map { Self.look(at: $0, of: board) }
    kernelSensors = KernelSurvey.sensors(in: board.sysfs())
    gpioChips = board.gpioChips()
    absences = board.isReal ? Self.absences(of: board, wanted: wanted) : []
  }

  /// Limit on the time lost to timeouts on one bus. Some adapters cannot tell a missing acknowledgement from a transfer
  /// that does not end, and take a tenth of a second for each unused address.
  private static let patience = Duration.seconds(10)

  private static func look(at name: String, of board: Board) -> Bus {
    var found: [(address: I2CAddress, finding: Prober.Finding)] = []
    do throws(BusError) {
      let prober = Prober(try board.i2c(name))
      var patience = patience
      for address in Prober.addresses {
        let begin = SystemClock.uptime()
        do throws(BusError) {
          if let finding = try prober.look(at: address) { found.append((address, finding)) }
        } catch {
          patience -= SystemClock.uptime() - begin
          guard error.kind == .timeout, patience > .zero else { throw error }
        }
      }
      return Bus(name: name, found: found, failure: nil)
    } catch {
      return Bus(name: name, found: found, failure: error)
    }
  }
}

extension HardwareScan {
  /// A kind of bus that offers no sensor, and why.
  package struct Absence: Sendable {
    /// `I²C`, `1-Wire`.
    package let bus: String
    package let advice: String
  }

  private static func absences(of board: Board, wanted: [String]) -> [Absence] {
    let sysfs = board.sysfs()
    let kind = BoardKind(sysfs)
    // A user who names a bus is told about that bus only.
    let i2c = wanted.isEmpty ? withoutI2C(board.adapters(), sysfs, kind) : nil
    return [
      i2c.map { Absence(bus: "I²C", advice: $0) },
      KernelSurvey.withoutOneWire(sysfs, kind).map { Absence(bus: "1-Wire", advice: $0) },
    ].compactMap { $0 }
  }

  /// On a Raspberry Pi the buses of the displays (i2c-20 and so on) always exist: the one on the pins is i2c-1, on the
  /// first model i2c-0.
  private static func withoutI2C(_ adapters: [String], _ sysfs: any Sysfs, _ kind: BoardKind) -> String? {
    let isThere = kind == .raspberryPi ? adapters.contains { ["i2c-0", "i2c-1"].contains($0) } : !adapters.isEmpty
    if isThere { return nil }
    let known = ((try? sysfs.entries(of: "/sys/class/i2c-adapter")) ?? []).filter { !adapters.contains($0) }
    let onPins = kind == .raspberryPi ? known.filter { ["i2c-0", "i2c-1"].contains($0) } : known
    guard let first = onPins.first else { return kind.noI2C }
    return "the kernel has \(first), but there is no /dev/\(first): sudo modprobe i2c-dev"
  }
}
