import Listening
import Messages
import Telemetry

/// A delivery for people: a line for each reading, event, gap and state.
func lines(for delivery: Delivery) -> [String] {
  let reports = delivery.reports.map { report in
    let position = "epoch \(report.identity.epoch) no. \(report.identity.sequence)"
    let time = report.clock == "unsynced" ? "\(report.time) (clock not set)" : report.time
    return "\(time)  \(report.device)  \(report.identity.sensor)  \(words(for: report.content))  \(position)"
  }
  let states = delivery.states.map { state in
    let time = state.time.isEmpty ? "" : state.time + "  "
    return "\(time)\(state.device)  \(state.state)\(words(for: state.alarms))"
      + (delivery.isRetained ? "  (retained)" : "")
  }
  return (reports + states + delivery.faults.map { "\(delivery.topic): \($0)" }).map { printable($0) }
}

/// `, alarms: freezer high temperature, hall stale`.
private func words(for alarms: [IncomingState.RaisedAlarm]) -> String {
  let names = alarms.map { [$0.sensor, $0.alarm, $0.quantity].compactMap { $0 }.joined(separator: " ") }
  return names.isEmpty ? "" : ", alarms: " + names.joined(separator: ", ")
}

/// `21.5 °C, 45.2 %`, followed by the quality unless it is good.
func words(for content: IncomingReport.Content) -> String {
  switch content {
  case .reading(let quantities, let quality):
    return quantities.map(words(for:)).joined(separator: ", ") + (quality == "good" ? "" : "  \(quality)")
  case .event(let name, let concerns, let detail):
    return ([name] + [concerns, detail].compactMap { $0 }.filter { !$0.isEmpty }).joined(separator: ": ")
  case .gap(let reason, let count, let spans):
    let sensors = Set(spans.map(\.stream)).sorted().joined(separator: ", ")
    return "gap: \(count) \(reason)" + (sensors.isEmpty ? "" : " (\(sensors))")
  }
}

private func words(for quantity: IncomingQuantity) -> String {
  switch quantity.value {
  case .number(let digits): digits + (quantity.unit.map { " " + $0 } ?? "")
  case .flag(let isSet): quantity.name == Quantity.Kind.contact.name ? isSet ? "closed" : "open" : "\(isSet)"
  case .unreadable: "\(quantity.name) ?"
  }
}

/// A message as one line of JSON: its topic, and its payload. A payload that is JSON is kept as it came; any other
/// becomes `text`, or `hex` if it is not UTF-8.
func jsonLine(for delivery: Delivery) -> [UInt8] {
  let line = JSONWriter.object { json in
    json.text("topic", delivery.topic)
    if delivery.isRetained { json.literal("retained", "true") }
    let payload = delivery.payload
    if delivery.isJSON {
      // In valid JSON a line end is only white space between tokens, never part of a string.
      let line = payload.map { $0 == 10 || $0 == 13 ? UInt8(ascii: " ") : $0 }
      json.literal("payload", String(decoding: line, as: UTF8.self))
    } else if let text = String(validating: payload, as: UTF8.self) {
      json.text("text", text)
    } else {
      json.text("hex", payload.hexadecimal())
    }
  }
  return printableJSON(line)
}
