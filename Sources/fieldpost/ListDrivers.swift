import ArgumentParser
import Configuration
import Display
import Drivers
import Telemetry

struct ListDrivers: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drivers", abstract: "Lists the chips that can be read.",
    discussion: "With the name of a driver or a part number: its addresses, options and datasheet.")

  @Argument(help: "A driver (tmp102) or a part number (SHT31).")
  var name: String?

  @Flag(help: "All of them as a table in Markdown.")
  var markdown = false

  func run() throws {
    if markdown { return print(markdownTable) }
    guard let name else {
      let rows = Catalog.chips.map { chip in
        [chip.name, chip.parts.joined(separator: ", "), chip.measures.map(\.name).joined(separator: ", ")]
      }
      print(table([["DRIVER", "PARTS", "MEASURES"]] + rows))
      return
    }
    let found = Catalog.chips.called(name)
    guard !found.isEmpty else {
      throw ValidationError("there is no driver \"\(printable(name))\"; \"fieldpost drivers\" lists them all")
    }
    print(found.map(details).joined(separator: "\n\n"))
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
      let all = addresses.flatMap { Array($0) }.compactMap(I2CAddress.init)
      rows.append(["addresses", all.map(\.description).joined(separator: " ")])
    }
    rows += chip.options.map { ["option", "\($0.name)\($0.isRequired ? " (required)" : ""): \($0.meaning)"] }
    if !chip.keysApart.isEmpty {
      let keys = chip.keysApart.map { "\($0): …" }.joined(separator: ", ")
      rows.append(["correction", "\(chip.measures[0].name): {\(keys)}"])
    }
    return table(rows)
  }
}
