import Listening
import Messages
import Telemetry

func delivery(_ payload: String, topic: String = "fieldpost/coldstore-7/hall") -> Delivery {
  Delivery(topic: topic, payload: Array(payload.utf8), isRetained: false)
}

/// A message as a gateway encodes it: what we read is what we write.
func delivery(_ message: Message, topic: String = "fieldpost/coldstore-7/hall") -> Delivery {
  Delivery(topic: topic, payload: message.payload, isRetained: message.address == .state)
}

func at(_ epoch: UInt32, _ sequence: UInt64) -> Gap.Position { Gap.Position(epoch: epoch, sequence: sequence) }

func report(_ epoch: UInt32, _ sequence: UInt64, sensor: String = "hall", device: String = "coldstore-7")
  -> IncomingReport
{
  IncomingReport(
    device: device, identity: Identity(sensor: sensor, epoch: epoch, sequence: sequence), time: "", clock: "",
    content: .reading([], quality: "good"))
}

/// A gap event number `sequence` of epoch 1.
func gap(_ sequence: UInt64, _ spans: [Gap.Span], device: String = "coldstore-7") -> IncomingReport {
  IncomingReport(
    device: device, identity: Identity(sensor: Event.stream, epoch: 1, sequence: sequence), time: "", clock: "",
    content: .gap(reason: "evicted", count: 0, spans: spans))
}

func span(_ first: Gap.Position, _ last: Gap.Position, count: UInt64?, stream: String = "hall") -> Gap.Span {
  Gap.Span(stream: stream, first: first, last: last, count: count)
}

func audited(_ scope: Audit.Scope, _ reports: [IncomingReport]) -> Audit {
  var audit = Audit(scope)
  for report in reports { audit.add(report) }
  return audit
}

/// The messages of the sensor `hall`.
func finding(_ scope: Audit.Scope, _ reports: [IncomingReport]) -> Audit.Finding? {
  audited(scope, reports).finding(for: Audit.Stream(device: "coldstore-7", sensor: "hall"))
}

/// As it looks to one who joined midway.
func finding(_ reports: [IncomingReport]) -> Audit.Finding? { finding(.sinceJoining, reports) }

/// `1: 5…7`.
func words(_ holes: [Audit.Hole]?) -> [String]? {
  holes?.map { "\($0.epoch): \($0.sequences.lowerBound)…\($0.sequences.upperBound)" }
}
