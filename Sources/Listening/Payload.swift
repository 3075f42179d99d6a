import Telemetry

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A JSON payload: one object, or an array of objects. Decoding succeeds for any valid JSON. An element that is not
/// understood becomes a fault, so that it does not spoil its neighbours.
struct Payload: Decodable {
  private(set) var items: [PayloadItem] = []

  init(from decoder: any Decoder) throws {
    guard var list = try? decoder.unkeyedContainer() else {
      items = [PayloadItem(from: decoder)]
      return
    }
    while !list.isAtEnd {
      guard let element = try? list.decode(Element.self) else {
        items.append(.fault("an element that is no object"))
        // The container does not advance past an element that it cannot decode, so give up.
        return
      }
      items.append(element.item)
    }
  }

  private struct Element: Decodable {
    let item: PayloadItem

    init(from decoder: any Decoder) { item = PayloadItem(from: decoder) }
  }
}

enum PayloadItem {
  case report(IncomingReport)
  case state(IncomingState)
  case fault(String)

  init(from decoder: any Decoder) {
    guard let fields = try? decoder.container(keyedBy: Key.self) else {
      self = .fault("no object")
      return
    }
    do throws(Misfit) {
      if let state = try? fields.decode(String.self, forKey: "state"), !fields.contains("sensor") {
        let device = try fields.required(String.self, "device")
        self = .state(
          IncomingState(
            device: device, state: state, time: fields.text("time"), clock: fields.text("clock"),
            alarms: ((try? fields.decode([DecodedAlarm].self, forKey: "alarms")) ?? []).map(\.alarm)))
      } else {
        self = .report(try IncomingReport(fields))
      }
    } catch {
      self = .fault(error.reason)
    }
  }
}

/// Why an object cannot come from a gateway.
private struct Misfit: Error {
  let reason: String
}

extension IncomingReport {
  fileprivate init(_ fields: KeyedDecodingContainer<Key>) throws(Misfit) {
    let device = try fields.required(String.self, "device")
    let sensor = try fields.required(String.self, "sensor")
    let epoch = try fields.required(UInt32.self, "epoch")
    let sequence = try fields.required(UInt64.self, "sequence")
    guard sequence > 0 else { throw Misfit(reason: "sequence is 0; they count from 1") }
    self.init(
      device: device, identity: Identity(sensor: sensor, epoch: epoch, sequence: sequence), time: fields.text("time"),
      clock: fields.text("clock"), content: try Content(fields))
  }
}

extension IncomingReport.Content {
  fileprivate init(_ fields: KeyedDecodingContainer<Key>) throws(Misfit) {
    if fields.contains("quantities") {
      self = .reading(try IncomingQuantity.all(in: fields), quality: fields.text("quality"))
      return
    }
    let event = try fields.required(String.self, "event")
    guard event == "gap" else {
      let concerns = try? fields.decode(String.self, forKey: "concerns")
      self = .event(event, concerns: concerns, detail: fields.text("detail"))
      return
    }
    let count = try fields.required(UInt64.self, "count")
    let spans = try fields.required([DecodedSpan].self, "gaps").map(\.span)
    self = .gap(reason: fields.text("reason"), count: count, spans: spans)
  }
}

extension IncomingQuantity {
  fileprivate static func all(in fields: KeyedDecodingContainer<Key>) throws(Misfit) -> [IncomingQuantity] {
    guard let quantities = try? fields.nestedContainer(keyedBy: Key.self, forKey: "quantities") else {
      throw Misfit(reason: "quantities is no object")
    }
    let known = Quantity.Kind.allCases.map(\.name)
    func rank(_ name: String) -> Int { known.firstIndex(of: name) ?? known.count }
    let names = quantities.allKeys.map(\.stringValue).sorted { (rank($0), $0) < (rank($1), $1) }
    return names.map { name in
      let inner = try? quantities.nestedContainer(keyedBy: Key.self, forKey: Key(name))
      return IncomingQuantity(
        name: name, value: inner?.value ?? .unreadable, unit: try? inner?.decode(String.self, forKey: "unit"))
    }
  }
}

/// One element of a gap event's `gaps`.
private struct DecodedSpan: Decodable {
  let span: Gap.Span

  private struct Position: Decodable {
    let epoch: UInt32
    let sequence: UInt64
    var value: Gap.Position { Gap.Position(epoch: epoch, sequence: sequence) }
  }

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    span = Gap.Span(
      stream: try fields.decode(String.self, forKey: "sensor"),
      first: try fields.decode(Position.self, forKey: "first").value,
      last: try fields.decode(Position.self, forKey: "last").value,
      count: try fields.decodeIfPresent(UInt64.self, forKey: "count"))
  }
}

/// One element of a state's `alarms`.
private struct DecodedAlarm: Decodable {
  let alarm: IncomingState.RaisedAlarm

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    alarm = IncomingState.RaisedAlarm(
      sensor: try fields.decode(String.self, forKey: "sensor"), alarm: try fields.decode(String.self, forKey: "alarm"),
      quantity: try fields.decodeIfPresent(String.self, forKey: "quantity"))
  }
}

extension KeyedDecodingContainer<Key> {
  /// An optional text for people; empty when it is missing or not a string.
  fileprivate func text(_ key: Key) -> String { (try? decode(String.self, forKey: key)) ?? "" }

  /// A required field. The decoder's own errors are not used: for a number out of range it throws one that is not
  /// public.
  fileprivate func required<Value: Decodable>(_ type: Value.Type, _ key: Key) throws(Misfit) -> Value {
    guard contains(key) else { throw Misfit(reason: "no \(key.stringValue)") }
    guard let value = try? decode(type, forKey: key) else {
      throw Misfit(reason: "\(key.stringValue) is not what it should be")
    }
    return value
  }

  fileprivate var value: IncomingQuantity.Value {
    if let flag = try? decode(Bool.self, forKey: "value") { return .flag(flag) }
    // Decimal keeps the digits as written; a Double would round them.
    if let number = try? decode(Decimal.self, forKey: "value") { return .number("\(number)") }
    return .unreadable
  }
}

private struct Key: CodingKey, ExpressibleByStringLiteral {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init(stringLiteral name: String) { stringValue = name }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }
}
