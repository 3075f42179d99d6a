/// Every driver there is. Adding a chip adds one line here.
public enum Catalog {
  public static let chips: [Chip] = []

  /// The chip that `driver: name` means.
  public static func chip(named name: String) -> Chip? { chips.first { $0.name == name } }
}
