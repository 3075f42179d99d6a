/// The live table of what arrives at a broker: a row for each sensor, then the gateways, then a line about the
/// connection.
package struct LiveSheet {
  package struct Row: Sendable {
    let device: String
    let sensor: String
    let value: String
    /// The time in RFC 3339, in UTC.
    let time: String
    let quality: String
    let epoch: String
    let sequence: String
    let received: String
    let gaps: String
    /// Shown before other rows when there is no room for all.
    let isUnusual: Bool

    package init(
      device: String, sensor: String, value: String, time: String, quality: String, epoch: UInt32, sequence: UInt64,
      received: UInt64, gaps: UInt64
    ) {
      self.device = device
      self.sensor = sensor
      self.value = value
      self.time = time
      self.quality = quality
      self.epoch = "\(epoch)"
      self.sequence = "\(sequence)"
      self.received = "\(received)"
      self.gaps = "\(gaps)"
      isUnusual = gaps > 0 || !["good", ""].contains(quality)
    }

    /// `05:01:02` of `2026-11-23T05:01:02.123Z`.
    var timeOfDay: String {
      guard let start = time.firstIndex(of: "T") else { return time }
      return String(time[time.index(after: start)...].prefix(8))
    }

    func cells(isShort: Bool) -> [String] {
      [device, sensor, value, isShort ? timeOfDay : time, quality, epoch, sequence, received, gaps]
    }
  }

  private static let head = ["DEVICE", "SENSOR", "VALUE", "TIME", "QUALITY", "EPOCH", "SEQUENCE", "RECEIVED", "GAPS"]
  /// Columns that are left out on a narrow terminal: epoch, number received, sequence, in this order.
  private static let dispensable = [5, 7, 6]
  /// Columns that then shrink, in this order, and their least widths: value, sensor, device.
  private static let yielding = [(column: 2, least: 12), (column: 1, least: 8), (column: 0, least: 8)]

  private let rows: [Row]
  private let states: [String]

  /// `states`: a text for each gateway, such as `coldstore-7 online`.
  package init(_ rows: [Row], states: [String]) {
    self.rows = rows
    self.states = states
  }

  /// At most `room` lines. `note`: the line about the connection; `ending`: the line that says how to end the program.
  package func lines(rows room: Int, columns: Int, note: String, ending: String) -> [String] {
    let about = (states.isEmpty ? [] : [gateways(columns)]) + [ellipsized(note, to: columns)]
    let foot = [""] + about + [ellipsized(ending, to: columns)]
    // Besides the foot, two lines are needed: the heading, and the line that counts the rest.
    let isWhole = rows.count + 1 + foot.count <= room
    let shown = isWhole ? rows.count : max(0, room - foot.count - 2)
    let body = shown > 0 || isWhole ? table(of: isWhole ? rows : Array(urgent.prefix(shown)), columns) : []
    let rest = isWhole ? [] : ["… \(rows.count - shown) more"]
    return Array((body + rest + foot).suffix(room))
  }

  private func table(of rows: [Row], _ columns: Int) -> [String] {
    let whole = [Self.head] + rows.map { $0.cells(isShort: false) }
    guard Columns.width(of: whole) > columns else { return Columns(whole, width: columns, yielding: []).lines }
    let short = [Self.head] + rows.map { $0.cells(isShort: true) }
    let fitted = Columns(short, width: columns, dropping: Self.dispensable, yielding: Self.yielding).lines
    return fitted.map { ellipsized($0, to: columns) }
  }

  /// Rows with gaps or a doubtful value first, then the others, each in their order.
  private var urgent: [Row] { rows.filter(\.isUnusual) + rows.filter { !$0.isUnusual } }

  private func gateways(_ columns: Int) -> String {
    let all = states.joined(separator: "  ")
    guard all.count > columns else { return all }
    for shown in stride(from: states.count - 1, to: 0, by: -1) {
      let line = states.prefix(shown).joined(separator: "  ") + "  … \(states.count - shown) more"
      if line.count <= columns { return line }
    }
    return ellipsized(all, to: columns)
  }
}
