import Configuration
import Display
import Drivers
import Gateway
import Telemetry

/// The results of a scan for a person: tables, and lines to paste into a configuration.
struct ScanSheet {
  private let survey: HardwareScan
  private let known: [SensorSettings]
  private let width: Int?

  /// `width`: the terminal's width; nil: no line is broken.
  init(_ survey: HardwareScan, known: [SensorSettings], width: Int?) {
    self.survey = survey
    self.known = known
    self.width = width
  }

  var text: String {
    let parts = survey.buses.map(bus) + [kernel] + survey.absences.map(absence) + [gpio, snippet]
    return parts.compactMap { $0 }.joined(separator: "\n\n") + "\n"
  }

  // MARK: I²C

  private func bus(_ bus: HardwareScan.Bus) -> String {
    var rows = bus.found.map {
      [
        "  \($0.address)",
        [words($0.finding), mark(bus.name, $0.address)].filter { !$0.isEmpty }.joined(separator: "; "),
      ]
    }
    if let failure = bus.failure { rows.append(["  stopped", "\(failure)"]) }
    if rows.isEmpty { rows.append(["  no known device answers"]) }
    return "\(bus.name)\n\(fitted(rows))"
  }

  private func fitted(_ rows: [[String]]) -> String { table(rows.map(trimmed), width: width) }

  private func words(_ finding: Prober.Finding) -> String {
    switch finding {
    case .chip(let drivers): "\(drivers.joined(separator: " or ")): \(parts(drivers))"
    case .couldBe(let drivers): "could be \(drivers.joined(separator: ", ")): see what is printed on it"
    case .unknown: "an unknown device"
    case .multiplexer: "could be a multiplexer (TCA9548A), or a sensor: neither is asked here, nor what is behind it"
    case .claimed(let driver): "in use by the kernel's driver \(driver): see the kernel's sensors below"
    }
  }

  private func parts(_ drivers: [String]) -> String {
    drivers.compactMap { Catalog.chip(named: $0) }.flatMap(\.parts).joined(separator: ", ")
  }

  private func mark(_ bus: String, _ address: I2CAddress) -> String {
    let ids = known.filter { $0.connection == .i2c(bus: BusPath(bus), address: address) }.map(\.id)
    return ids.isEmpty ? "" : "in the file: \(ids.joined(separator: ", "))"
  }

  /// Whether the scan found a kernel sensor, or any device on an I²C bus.
  var hasSensors: Bool { !survey.kernelSensors.isEmpty || survey.buses.contains { !$0.found.isEmpty } }

  private func absence(_ absence: HardwareScan.Absence) -> String {
    let lines = width.map { wrapped("  " + absence.advice, to: $0, indent: 2) } ?? ["  " + absence.advice]
    return ([absence.bus] + lines).joined(separator: "\n")
  }

  // MARK: The kernel

  private var kernel: String? {
    guard !survey.kernelSensors.isEmpty else { return "kernel sensors\n  none" }
    let rows = survey.kernelSensors.map { found in
      let options = found.options.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
      let device = found.device.map { "on \($0)" } ?? ""
      return ["  \(found.driver)", options, device, id(of: found).map { "in the file: \($0)" } ?? ""]
    }
    return "kernel sensors\n\(fitted(rows))"
  }

  private func id(of found: KernelSurvey.Found) -> String? {
    known.first { sensor in
      sensor.chip.name == found.driver && found.isMeant(by: sensor.options)
    }?.id
  }

  private var gpio: String? {
    guard !survey.gpioChips.isEmpty else { return nil }
    return "GPIO chips\n\(table(survey.gpioChips.map { ["  \($0.label)", "\($0.lines) lines", $0.path] }))"
  }

  // MARK: To paste

  private var snippet: String? {
    let chips: [[String]] = survey.buses.flatMap { bus in
      bus.found.map { found in self.lines(bus.name, found.address, found.finding) }
    }
    let lines =
      chips.flatMap { $0 }
      + survey.kernelSensors.filter { id(of: $0) == nil }.map(line)
    return lines.isEmpty ? nil : "sensors:\n" + lines.joined(separator: "\n")
  }

  /// The lines for a chip: one for each of its channels. A line is commented out if a person has to check the chip's
  /// marking or add a required option.
  private func lines(_ bus: String, _ address: I2CAddress, _ finding: Prober.Finding) -> [String] {
    guard mark(bus, address).isEmpty else { return [] }
    let drivers: [String]
    let isSure: Bool
    switch finding {
    case .chip(let found): (drivers, isSure) = (found, true)
    case .couldBe(let found): (drivers, isSure) = (found, false)
    case .unknown, .multiplexer, .claimed: return []
    }
    guard let first = drivers.first, let chip = Catalog.chip(named: first) else { return [] }
    let others =
      drivers.count > 1
      ? "or \(drivers.dropFirst().joined(separator: ", "))" : isSure ? nil : "if that is printed on it"
    let missing = chip.options.filter { $0.isRequired && $0.name != chip.channels?.option }.map(\.name)
    let needed = missing.isEmpty ? nil : "add \(missing.joined(separator: ", "))"
    let remarks = [others, needed].compactMap { $0 }
    let items =
      chip.channels?.choices.map { item(chip.name, bus, address, $0) } ?? [item(chip.name, bus, address, nil)]
    return items.map { item in
      remarks.isEmpty ? item : "  #" + item.dropFirst(3) + "  # \(remarks.joined(separator: "; "))"
    }
  }

  private func item(
    _ driver: String, _ bus: String, _ address: I2CAddress, _ channel: (option: String, name: String)?
  ) -> String {
    let id = "\(driver)-\(String(address.value, radix: 16))" + (survey.buses.count > 1 ? "-\(bus)" : "")
    let (suffix, option) = channel.map { ("-\($0.name)", ", \($0.option): \($0.name)") } ?? ("", "")
    return "  - {id: \(id)\(suffix), driver: \(driver), bus: \(bus), address: \(address)\(option)}"
  }

  private func line(_ found: KernelSurvey.Found) -> String {
    let named = found.options.map(\.value).joined(separator: "-")
    let id = named.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) ? $0 : "-" }
    let options = found.options.map { "\($0.name): \(quoted($0.value))" }.joined(separator: ", ")
    return "  - {id: \(String(id)), driver: \(found.driver), \(options)}"
  }

  /// Quotes a value that YAML might not take for text.
  private func quoted(_ text: String) -> String {
    let isPlain =
      text.first?.isLetter == true
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
    if isPlain { return text }
    let escaped = printable(text).map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }.joined()
    return "\"\(escaped)\""
  }

  private func trimmed(_ row: [String]) -> [String] { row.last == "" ? trimmed(row.dropLast()) : row }
}
