import ArgumentParser
import Configuration
import Display
import Drivers
import Telemetry

struct ListDrivers: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drivers", abstract: "Lists the chips that can be read.",
    discussion: "With the name of a driver or a part number: its addresses, options and datasheet.")

  @Argument(help: "A driver (tmp102) or a part number (SHT31).", completion: .custom { _, _, _ in ListDrivers.names })
  var name: String?

  @Flag(help: "All of them as a table in Markdown.")
  var markdown = false

  func run() throws {
    if markdown { return print(markdownTable) }
    guard let name else {
      let rows = Catalog.chips.map { chip in
        [chip.name, chip.parts.joined(separator: ", "), chip.measures.map(\.name).joined(separator: ", ")]
      }
      print(table([["DRIVER", "PARTS", "MEASURES"]] + rows, width: StandardOutput.width))
      return
    }
    let found = Catalog.chips.called(name)
    guard !found.isEmpty else {
      throw ValidationError(unknown("driver", name, among: Self.names, listing: "drivers"))
    }
    print(found.map(details).joined(separator: "\n\n"))
  }

  /// The part numbers, which are printed on the chips, and the drivers' names, as far as they are single words.
  private static var names: [String] {
    (Catalog.chips.flatMap(\.parts) + Catalog.chips.map(\.name)).filter { !$0.contains(" ") }
  }

  private var markdownTable: String {
    let rows = Catalog.chips.map { chip in
      let measures = chip.measures.map(\.name).joined(separator: ", ")
      return "| `\(chip.name)` | \(chip.parts.joined(separator: ", ")) | \(place(of: chip)) | \(measures) |"
    }
    return (["| driver | parts | where | measures |", "|---|---|---|---|"] + rows).joined(separator: "\n")
  }

  private func place(of chip: Chip) -> String {
    switch chip.attachment {
    case .i2c(let ranges, _):
      "I²C "
        + ranges.map { range in
          let ends = [range.lowerBound, range.upperBound].compactMap { I2CAddress($0)?.description }
          return range.count == 1 ? ends[0] : ends.joined(separator: "–")
        }.joined(separator: ", ")
    case .sysfs: "the kernel"
    case .gpio: "GPIO"
    }
  }

  private func details(_ chip: Chip) -> String {
    var rows = [
      ["driver", chip.name], ["parts", chip.parts.joined(separator: ", ")],
      ["measures", chip.measures.map(\.name).joined(separator: ", ")],
      ["interval", "\(chip.minimumInterval) or longer"], ["source", chip.source],
    ]
    if case .i2c(let addresses, _) = chip.attachment {
      rows.append(["addresses", addresses.map { words(for: $0) }.joined(separator: " ")])
    }
    rows += chip.options.map { ["option", words(for: $0)] }
    if !chip.keysApart.isEmpty {
      let keys = chip.keysApart.map { "\($0): …" }.joined(separator: ", ")
      rows.append(["correction", "\(chip.measures[0].name): {\(keys)}"])
    }
    return table(rows, width: StandardOutput.width)
  }

  /// Up to 16 addresses one by one, `0x48 0x49`; more as a range, `0x08 to 0x77`.
  private func words(for addresses: ClosedRange<UInt8>) -> String {
    if addresses.count <= 16 { return addresses.compactMap { I2CAddress($0)?.description }.joined(separator: " ") }
    return [addresses.lowerBound, addresses.upperBound].compactMap { I2CAddress($0)?.description }.joined(
      separator: " to ")
  }

  /// `repeatability: high, medium or low; how much noise …`.
  private func words(for option: DriverOption) -> String {
    let permitted = option.shape.permitted.map { $0 + "; " } ?? ""
    return "\(option.name)\(option.isRequired ? " (required)" : ""): \(permitted)\(option.meaning)"
  }
}
