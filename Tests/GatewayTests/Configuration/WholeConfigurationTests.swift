import Drivers
import Testing

@testable import Gateway

/// Follows a known value through each driver and each of its options, from the file to the message. Tests of a driver
/// alone give it its options as they are; this one finds a key that something else reads as well.
@Suite("From the file to the message, for every driver and every option")
struct WholeConfigurationTests {
  @Test("What is published is what the datasheet says", arguments: ConfigurationRow.all)
  func published(_ row: ConfigurationRow) throws {
    let found = try row.published()
    #expect(Set(found.keys) == Set(row.expected.keys), "\(found)")
    for (quantity, value) in row.expected {
      let difference = found[quantity].map { abs($0 - value) } ?? .infinity
      #expect(
        difference <= row.tolerance, "\(quantity) is \(found[quantity] ?? .nan), not \(value)")
    }
  }

  @Test("Every driver of the catalog has a row, and each of its options", arguments: Catalog.chips)
  func complete(_ chip: Chip) {
    let rows = ConfigurationRow.all.filter { $0.driver == chip.name }
    let options = Set(rows.map(\.option))
    #expect(options == Set(chip.options.map(\.name) + [nil]), "\(chip.name)")
    let measured = Set(rows.flatMap(\.expected.keys))
    #expect(measured == Set(chip.measures.map(\.name)), "\(chip.name)")
    for row in rows {
      if let option = row.option { #expect(row.keys.contains(option + ": "), "\(row.keys)") }
    }
  }
}
