import Configuration
import Drivers

@testable import Schema

/// A key of the table, with the groups around it.
struct Place: CustomStringConvertible {
  struct Step: Sendable {
    let key: Key
    /// All keys of the group that it is in.
    let group: [Key]
    /// The path of the group in the notes.
    let home: String
  }

  let steps: [Step]
  /// The driver whose sensor it is in; nil: it is in no sensor.
  let chip: Chip?

  var key: Key { steps[steps.count - 1].key }
  var description: String { path + (chip.map { " of \($0.name)" } ?? "") }

  /// As messages name it: `sensors[0].alarms.high`.
  var path: String {
    let groups = steps.dropLast().map { step in
      if case .list = step.key.shape { step.key.name + "[0]" } else { step.key.name }
    }
    return (groups + [key.name]).joined(separator: ".")
  }

  /// Every key of the file, and every key of a sensor with each driver.
  static let all: [Place] = {
    let sensors = Catalog.chips.flatMap { chip in
      let keys = Keys.sensor(chip)
      let list = Step(key: Key("sensors", .list(.group(keys), 1...Int.max)), group: Keys.root, home: "")
      return below(keys, home: "sensors", chip: chip).map { Place(steps: [list] + $0.steps, chip: chip) }
    }
    return below(Keys.root, home: "", chip: nil) + sensors
  }()

  private static func below(_ keys: [Key], home: String, chip: Chip?) -> [Place] {
    keys.flatMap { key -> [Place] in
      let step = Step(key: key, group: keys, home: home)
      let inner = key.isMisplaced ? [] : below(key.shape.groupKeys, home: Notes.home(of: key, in: home), chip: chip)
      return [Place(steps: [step], chip: chip)] + inner.map { Place(steps: [step] + $0.steps, chip: chip) }
    }
  }

  /// A file with this value for the key, or without the key, and with what has to be beside it.
  func file(_ value: String?) -> String {
    var sections = ["device": "{id: box}", "uplink": "{broker: mqtt://broker}"]
    sections["sensors"] = "[{id: a, driver: tmp102, bus: i2c-1, address: 0x48}]"
    sections[steps[0].key.name] = steps.count == 1 ? value : Self.text(steps[...], value, chip)
    return sections.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\n" }.joined()
  }

  /// The value of the first step's key.
  private static func text(_ steps: ArraySlice<Step>, _ value: String?, _ chip: Chip?) -> String {
    guard let step = steps.first, let next = steps.dropFirst().first else { return value ?? "" }
    let inner = text(steps.dropFirst(), value, chip)
    let beside = Self.beside(next, chip).filter { $0.name != next.key.name }
    var members = beside.map { "\($0.name): \($0.value)" }
    if value != nil || steps.count > 2 { members.append("\(next.key.name): \(inner)") }
    let group = "{\(members.joined(separator: ", "))}"
    if case .list(_, let count) = step.key.shape {
      return "["
        + [String](repeating: group, count: step.key.name == "calibration" ? count.lowerBound : 1)
        .joined(separator: ", ") + "]"
    }
    return group
  }

  /// The keys that have to be beside a key: those that are required, and those that the notes name.
  private static func beside(_ step: Step, _ chip: Chip?) -> [(name: String, value: String)] {
    var names = step.group.filter { $0.purpose != nil && !$0.isMisplaced }.map(\.name)
    names += Notes.all[Notes.path(of: step.key, in: step.home)]?.needs ?? []
    names += company[step.key.name] ?? []
    if chip?.options.contains(where: { $0.name == "line" }) == true, step.home == "sensors",
      !["chip", "offset"].contains(step.key.name)
    {
      names.append("line")
    }
    let keys = names.reduce(into: [Key]()) { keys, name in
      if let key = step.group.first(where: { $0.name == name }), !keys.contains(where: { $0.name == name }) {
        keys.append(key)
      }
    }
    return keys.map { ($0.name, $0.name == "driver" ? chip?.name ?? "" : example($0.shape)) }
      + (step.key.name == "temperature" ? humid[chip?.name ?? ""].map { [$0] } ?? [] : [])
  }

  /// Of several keys one must be beside these: this one will do.
  private static let company = [
    "alert_bias": ["alert_line"], "power_active_low": ["power_line"], "max_silence": ["every", "dead_band"],
    "hold": ["high"], "hysteresis": ["high"],
  ]

  /// The lines that make humidity a kernel sensor's main quantity, so that its temperature is in a group.
  private static let humid = [
    "hwmon": (name: "input", value: "humidity1"), "iio": (name: "channel", value: "humidityrelative"),
  ]

  static func example(_ shape: Shape) -> String {
    switch shape {
    case .boolean: "true"
    case .integer(let range): "\(range.lowerBound)"
    case .decimal(let range, _): range.contains(1_000_000) ? "1" : "0"
    case .duration(let range), .durationOrOff(let range): range.lowerBound.text
    case .size(let range): range.lowerBound.text
    case .choice(let words): words[0]
    case .address(let ranges): "\(ranges[0].lowerBound)"
    case .text(let form): example(form)
    case .group(let keys):
      "{" + keys.filter { $0.purpose != nil }.map { "\($0.name): \(example($0.shape))" }.joined(separator: ", ") + "}"
    case .oneOf(let keys): "{\(keys[0].name): \(example(keys[0].shape))}"
    case .list(let element, let count):
      "[" + [String](repeating: example(element), count: count.lowerBound).joined(separator: ", ") + "]"
    case .oneOrMore(let element, _): example(element)
    }
  }

  private static func example(_ form: TextForm) -> String {
    switch form {
    case .directory, .logFile, .socket: "/run/x"
    case .metricsFile: "/run/x.prom"
    case .brokerURL: "mqtt://broker"
    case .adapter, .bus: "i2c-1"
    case .like(let example): example
    case .topic(_, let required): "\"t/" + required.map { "{\($0)}" }.joined() + "\""
    default: "x"
    }
  }
}

extension Place {
  /// The default in the notes, as the file would have it.
  var usual: String? {
    guard let step = steps.last, let usual = Notes.all[Notes.path(of: step.key, in: step.home)]?.usual else {
      return nil
    }
    return usual.rendered
  }
}

extension Shape {
  fileprivate var groupKeys: [Key] {
    switch self {
    case .group(let keys), .oneOf(let keys), .list(.group(let keys), _): keys
    default: []
    }
  }
}
