import Drivers
import Linux
import Telemetry

/// What there is on this machine that a configuration could name. Nothing is changed: see `Prober`.
public struct Survey {
  public struct Bus: Sendable {
    public let name: String
    public let found: [(address: I2CAddress, finding: Prober.Finding)]
    /// Why it could not be looked at, or not to its end.
    public let failure: BusError?
  }

  public let buses: [Bus]
  public let kernelSensors: [KernelSurvey.Found]
  public let gpioChips: [GPIOChipInfo]

  /// `wanted`: only these I²C buses; empty for all.
  public init(_ board: Board, buses wanted: [String] = []) {
    buses = (wanted.isEmpty ? board.adapters() : wanted).map { Self.look(at: $0, of: board) }
    kernelSensors = KernelSurvey.sensors(in: board.sysfs())
    gpioChips = board.gpioChips()
  }

  /// A bus that hangs is given up after this. Some adapters tell no acknowledgement from a transfer that does not end, and
  /// take a tenth of a second for each address where nobody is.
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
