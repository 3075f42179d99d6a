import Listening
import Messages
import Telemetry
import Testing

@Suite("What messages say")
struct DeliveryTests {
  private let encoder = MessageEncoder(JSONFormat(device: "coldstore-7"))
  private let stamp = Stamp(
    boot: BootID(1), uptime: Uptime(nanoseconds: 0), wall: WallTime(nanoseconds: 1_795_000_000_000_000_000),
    synced: true)

  private func delivered(_ report: Report) -> Delivery {
    delivery(encoder.message(for: [report], clock: ClockCorrection(now: stamp)) ?? Message(to: .events, payload: []))
  }

  private func reading(_ quantities: [Quantity]) -> Report {
    .reading(
      Reading(
        identity: Identity(sensor: "hall", epoch: 3, sequence: 1_042), time: stamp, quantities: quantities,
        quality: .suspect))
  }

  @Test("A state is read with the alarms that it lists")
  func raised() {
    func raised(_ sensor: String, _ kind: Alarm.Kind, _ quantity: Quantity.Kind?) -> StateReport.RaisedAlarm {
      let name = Alarm.Name(sensor: sensor, kind: kind, quantity: quantity)
      return .init(Alarm(name, value: 1, threshold: 1), since: stamp)
    }
    var report = StateReport()
    report.alarms = [raised("hall", .high, .humidity), raised("door", .stale, nil)]
    let delivery = ListeningTests.delivery(encoder.state(online: true, at: stamp, report: report))
    #expect(
      delivery.states.map(\.alarms) == [
        [
          .init(sensor: "hall", alarm: "high", quantity: "humidity"),
          .init(sensor: "door", alarm: "stale", quantity: nil),
        ]
      ])
  }

  @Test(
    "A list of alarms that cannot be read does not spoil the state",
    arguments: [
      "5", "{}", "[5]", #"[{"sensor":1}]"#, "null", #"[{"sensor":"a"}]"#,
    ])
  func oddAlarms(_ list: String) {
    let payload = #"{"device":"box","state":"online","alarms":\#(list)}"#
    let delivery = ListeningTests.delivery(payload)
    #expect(delivery.faults == [])
    #expect(delivery.states == [IncomingState(device: "box", state: "online", time: "", clock: "")])
  }

  @Test("An alarm is read with what it concerns and what it says, raised and cleared", arguments: [true, false])
  func alarm(_ isRaised: Bool) {
    let name = Alarm.Name(sensor: "hall", kind: .high, quantity: .temperature)
    let event = Event(
      identity: Identity(sensor: Event.stream, epoch: 3, sequence: 7), time: stamp, raised: isRaised,
      Alarm(name, value: 31_500_000, threshold: 30_000_000), detail: "high: temperature is 31.5 °C, above 30 °C")
    let delivery = delivered(.event(event))
    #expect(delivery.faults == [])
    #expect(
      delivery.reports.map(\.content) == [
        .event(
          isRaised ? "alarm_raised" : "alarm_cleared", concerns: "hall",
          detail: "high: temperature is 31.5 °C, above 30 °C")
      ])
  }

  @Test("A gateway's reading is read as it was written, digit by digit")
  func reads() {
    let delivery = delivered(
      reading([
        .contact(true), .humidity(RelativeHumidity(micropercent: 45_200_000)),
        .temperature(Temperature(microcelsius: -7_813)),
      ]))
    #expect(delivery.faults == [])
    #expect(
      delivery.reports == [
        IncomingReport(
          device: "coldstore-7", identity: Identity(sensor: "hall", epoch: 3, sequence: 1_042),
          time: stamp.wall.rfc3339, clock: "synced",
          content: .reading(
            [
              IncomingQuantity(name: "temperature", value: .number("-0.007813"), unit: "°C"),
              IncomingQuantity(name: "humidity", value: .number("45.2"), unit: "%"),
              IncomingQuantity(name: "contact", value: .flag(true), unit: nil),
            ], quality: "suspect"))
      ])
  }

  @Test("A gateway's gap is read with its spans, whether counted or not")
  func readsGap() {
    let spans = [span(at(2, 501), at(2, 1_700), count: 1_200), span(at(1, 7), at(2, 9), count: nil, stream: "door")]
    let identity = Identity(sensor: Event.stream, epoch: 3, sequence: 17)
    let delivery = delivered(.gap(Gap(identity: identity, time: stamp, reason: .evicted, count: 1_200, spans: spans)))
    #expect(delivery.faults == [])
    #expect(delivery.reports.map(\.content) == [.gap(reason: "evicted", count: 1_200, spans: spans)])
    #expect(delivery.reports.map(\.identity) == [identity])
  }

  @Test("A gateway's events and states are read", arguments: [true, false])
  func readsEvents(_ isOnline: Bool) {
    let event = Event(
      identity: Identity(sensor: Event.stream, epoch: 3, sequence: 1), time: stamp, kind: .sensorFault, sensor: "hall",
      detail: "no \"answer\"\n")
    #expect(
      delivered(.event(event)).reports.map(\.content) == [
        .event("sensor_fault", concerns: "hall", detail: "no \"answer\"\n")
      ])
    let state = delivery(encoder.state(online: isOnline, at: isOnline ? stamp : nil))
    #expect(state.reports == [])
    #expect(state.states.map(\.state) == [isOnline ? "online" : "offline"])
    #expect(state.states.map(\.time) == [isOnline ? stamp.wall.rfc3339 : ""])
    #expect(state.faults == [])
  }

  @Test("An array is so many readings; what is none in it does not take the others with it")
  func batches() {
    let one = #"{"device":"d","sensor":"s","epoch":1,"sequence":1,"quantities":{}}"#
    let two = #"{"device":"d","sensor":"s","epoch":1,"sequence":2,"quantities":{}}"#
    #expect(delivery("[\(one),\(two)]").reports.map(\.identity.sequence) == [1, 2])
    let mixed = delivery(#"[\#(one),5,"x",[],{},\#(two)]"#)
    #expect(mixed.reports.map(\.identity.sequence) == [1, 2])
    #expect(mixed.faults.count == 4)
    #expect(delivery("[null]").faults.count == 1)
    #expect(delivery("[]").faults == ["an empty array"])
  }

  @Test(
    "What is no JSON is said to be none",
    arguments: ["hello", "{", #"{"device":"d""#, "\u{0}", "{]", String(repeating: "[", count: 100_000)])
  func noJSON(_ payload: String) {
    #expect(delivery(payload).faults == ["no JSON"])
    #expect(!delivery(payload).isJSON)
    #expect(delivery(payload).reports == [])
  }

  @Test("JSON in another encoding than UTF-8, or behind a byte order mark, is none")
  func encodings() {
    let text = #"{"device":"d","sensor":"s","epoch":1,"sequence":1,"quantities":{}}"#
    let wide = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    for payload in [wide, [0xFF, 0xFE] + wide, [0xEF, 0xBB, 0xBF] + Array(text.utf8), Array(text.utf8) + [0xFF]] {
      let delivery = Delivery(topic: "t", payload: payload, isRetained: false)
      #expect(delivery.faults == ["no JSON"])
      #expect(!delivery.isJSON)
    }
  }

  @Test("An empty payload, as it deletes a retained message, is said to be empty")
  func empty() {
    #expect(delivery("").faults == ["an empty payload"])
  }

  @Test(
    "JSON that no gateway writes is a fault that names what is wrong",
    arguments: [
      ("5", "no object"), ("null", "no object"), ("\"x\"", "no object"), ("{}", "no device"),
      (#"{"sequence":1,"sensor":"s","epoch":1,"quantities":{}}"#, "no device"),
      (#"{"sequence":1,"device":"d","epoch":1,"quantities":{}}"#, "no sensor"),
      (#"{"sequence":1,"device":"d","sensor":"s","quantities":{}}"#, "no epoch"),
      (#"{"sequence":1,"device":"d","sensor":"s","epoch":1}"#, "no event"),
      (#"{"sequence":0,"device":"d","sensor":"s","epoch":1,"quantities":{}}"#, "sequence is 0; they count from 1"),
      (#"{"sequence":-1,"device":"d","sensor":"s","epoch":1,"quantities":{}}"#, "sequence is not what it should be"),
      (#"{"sequence":1.5,"device":"d","sensor":"s","epoch":1,"quantities":{}}"#, "sequence is not what it should be"),
      (
        #"{"sequence":1,"device":"d","sensor":"s","epoch":4294967296,"quantities":{}}"#,
        "epoch is not what it should be"
      ),
      (#"{"sequence":1,"device":7,"sensor":"s","epoch":1,"quantities":{}}"#, "device is not what it should be"),
      (#"{"sequence":1,"device":"d","sensor":"s","epoch":1,"quantities":[]}"#, "quantities is no object"),
      (#"{"sequence":1,"device":"d","sensor":"s","epoch":1,"event":"gap","count":1}"#, "no gaps"),
      (
        #"{"sequence":1,"device":"d","sensor":"s","epoch":1,"event":"gap","count":1,"gaps":[{"sensor":"x"}]}"#,
        "gaps is not what it should be"
      ),
    ])
  func malformed(_ payload: String, _ fault: String) {
    #expect(delivery(payload).faults == [fault])
    #expect(delivery(payload).isJSON)
    #expect(delivery(payload).reports == [])
  }

  @Test("What a newer gateway adds does not hinder; a value that cannot be read is marked")
  func newer() {
    let payload = """
      {"device":"d","sensor":"s","epoch":1,"sequence":1,"new":[{}],
       "quantities":{"rain":{"value":1013.25,"unit":"mm"},"mood":{"value":"good"},"odd":7,"temperature":{}}}
      """
    #expect(
      delivery(payload).reports.map(\.content) == [
        .reading(
          [
            IncomingQuantity(name: "temperature", value: .unreadable, unit: nil),
            IncomingQuantity(name: "mood", value: .unreadable, unit: nil),
            IncomingQuantity(name: "odd", value: .unreadable, unit: nil),
            IncomingQuantity(name: "rain", value: .number("1013.25"), unit: "mm"),
          ], quality: "")
      ])
  }
}
