import Telemetry

/// The temperatures, humidities and pressures of one IIO device.
struct IIOChannels {
  struct Channel: Hashable {
    let kind: Quantity.Kind
    /// The part before `_input` or `_raw`: `in_temp`, `in_temp0`, `in_temp_object`, `in_temp0_object`.
    let attribute: String
    /// The prefix that all channels of its kind share: `in_temp`.
    let shared: String
    /// Tells the channel from others of its kind: `""`, `0`, `object`, `0_object`.
    let name: String
    /// The content of its `_label`.
    let label: String?
    /// True: the value needs no offset and no scale.
    let hasInput: Bool

    fileprivate var text: String { (name.isEmpty ? attribute : name) + (label.map { " (\($0))" } ?? "") }

    /// Whether `text` is one of the channel's names (`object`, `temp_object`, `in_temp_object`) or its label.
    fileprivate func isCalled(_ text: String) -> Bool {
      text == label || [name, attribute, String(attribute.dropFirst(3))].contains(text)
    }

    /// The word in a name with a number: `object` in `0_object`. Nil: the name does not have both.
    fileprivate var word: String? {
      let rest = name.drop { $0.isASCII && $0.isNumber }
      return rest.first == "_" && rest.count < name.count ? String(rest.dropFirst()) : nil
    }
  }

  private static let prefixes: [(String, Quantity.Kind)] = [
    ("in_temp", .temperature), ("in_humidityrelative", .humidity), ("in_pressure", .pressure),
  ]

  /// Values that a driver derives from a channel, such as the highest value since the last query.
  private static let derived = ["peak", "trough", "mean", "filtered"]

  /// Temperatures first, otherwise in the order of the kernel's names.
  let all: [Channel]

  /// `attributes`: the names of the device's attributes. `text` reads one of them.
  init(_ attributes: [String], text: (String) -> String?) {
    var all: [Channel] = []
    for (prefix, kind) in Self.prefixes {
      let names = attributes.compactMap { Self.name($0, prefix, attributes) }
      for name in Set(names).sorted(by: { ($0.utf8.count, $0) < ($1.utf8.count, $1) }) {
        let attribute = name.isEmpty || name.first?.isNumber == true ? prefix + name : "\(prefix)_\(name)"
        let label = attributes.contains(attribute + "_label") ? text(attribute + "_label") : nil
        all.append(
          Channel(
            kind: kind, attribute: attribute, shared: prefix, name: name, label: label,
            hasInput: attributes.contains(attribute + "_input")))
      }
    }
    self.all = all
  }

  /// The channel's name: `object` for `in_temp_object_raw`. Nil: the attribute is no readable channel.
  private static func name(_ attribute: String, _ prefix: String, _ attributes: [String]) -> String? {
    guard attribute.hasPrefix(prefix) else { return nil }
    var channel = attribute
    if attribute.hasSuffix("_input") {
      channel.removeLast("_input".count)
    } else if attribute.hasSuffix("_raw") {
      channel.removeLast("_raw".count)
      guard attributes.contains(channel + "_scale") || attributes.contains(prefix + "_scale") else { return nil }
    } else {
      return nil
    }
    let rest = channel.dropFirst(prefix.count)
    if rest.isEmpty || rest.allSatisfy({ $0.isASCII && $0.isNumber }) { return String(rest) }
    // A number before the word, as in `in_temp0_object`, is part of the name.
    let number = rest.prefix { $0.isASCII && $0.isNumber }
    let word = String(rest.dropFirst(number.count + 1))
    guard rest.dropFirst(number.count).first == "_", !word.isEmpty, !derived.contains(word) else { return nil }
    return number.isEmpty ? word : "\(number)_\(word)"
  }

  /// The same text for all ways to write a temperature's channel: `object` for `in_temp_object` and `temp_object`, an
  /// empty text for `in_temp`, `2` for `temp2`.
  static func shortest(_ channel: String) -> String {
    let attribute = channel.hasPrefix("in_") ? String(channel.dropFirst(3)) : channel
    guard attribute.hasPrefix("temp") else { return attribute }
    let rest = attribute.dropFirst(4)
    if rest.first == "_" { return String(rest.dropFirst()) }
    // A text such as `temperature of the room` is a label and stays unchanged.
    return rest.first.map { $0.isASCII && $0.isNumber } ?? true ? String(rest) : attribute
  }

  /// The channels that a text may mean: those called exactly so, otherwise those with a number before this name.
  private func called(_ text: String, _ channels: [Channel]) -> [Channel] {
    let exact = channels.filter { $0.isCalled(text) }
    return exact.isEmpty ? channels.filter { $0.word == text } : exact
  }

  /// The channels that belong together at the named place. Without a name it is the place of the temperature without a
  /// name, or of the only temperature. On a device without temperatures it is all channels.
  func place(_ name: String?, of device: String) throws(SensorError) -> [Channel] {
    let temperatures = all.filter { $0.kind == .temperature }
    guard !temperatures.isEmpty || name != nil else {
      guard !all.isEmpty else {
        throw .notFound(
          "\(device) has no temperature, humidity or pressure that can be read: no in_temp_input, nor in_temp_raw with in_temp_scale"
        )
      }
      return try unambiguous(all, of: device)
    }
    let called = name.map { self.called($0, temperatures) }
    let usual = temperatures.count == 1 ? temperatures : temperatures.filter { $0.name.isEmpty }
    if let main = (called ?? usual).first, (called ?? usual).count == 1 {
      return [main] + companions(of: main, isOnly: temperatures.count == 1)
    }
    // A humidity or a pressure is a sensor of its own only if it is asked for by name.
    let meant = name.map { self.called($0, all) } ?? []
    if meant.count == 1 { return meant }
    let there = all.map(\.text).joined(separator: ", ")
    guard let name else { throw .notFound("\(device) has several temperatures: \(there); say which with `channel`") }
    guard meant.isEmpty else {
      let those = meant.map(\.text).joined(separator: ", ")
      throw .notFound("\(device) has \(meant.count) channels called \(name): \(those); say which with `channel`")
    }
    throw .notFound("\(device) has no channel \(name); there are \(there.isEmpty ? "none" : there)")
  }

  /// The humidity and the pressure with the same name. If the temperature is the only one, a single humidity or
  /// pressure belongs to it whatever its name.
  private func companions(of main: Channel, isOnly: Bool) -> [Channel] {
    [Quantity.Kind.humidity, .pressure].compactMap { kind in
      let those = all.filter { $0.kind == kind }
      return those.first { $0.name == main.name } ?? (isOnly && those.count == 1 ? those[0] : nil)
    }
  }

  private func unambiguous(_ channels: [Channel], of device: String) throws(SensorError) -> [Channel] {
    guard Set(channels.map(\.kind)).count == channels.count else {
      throw .notFound(
        "\(device) has several channels of one kind: \(channels.map(\.text).joined(separator: ", ")); say which with `channel`"
      )
    }
    return channels
  }

  /// The channel names of everything that can be a sensor; nil: a sensor without a channel name.
  var sensors: [String?] {
    let temperatures = all.filter { $0.kind == .temperature }
    if temperatures.count < 2 { return all.isEmpty ? [] : [nil] }
    return temperatures.map { $0.name.isEmpty ? nil : $0.name }
  }
}
