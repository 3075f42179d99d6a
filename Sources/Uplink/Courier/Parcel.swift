import Telemetry

/// A record to be delivered, as the spool keeps it: a number that grows, and bytes.
package struct Parcel: Hashable, Sendable {
  package let number: UInt64
  package let record: [UInt8]
  /// The decoded record, or why it cannot be decoded.
  package let content: Content
  /// Handed out before its turn: parcels with smaller numbers will still follow.
  package let isAhead: Bool

  package enum Content: Hashable, Sendable {
    case report(Report)
    case malformed(MalformedReport)
  }

  /// The sensor of a reading, or the stream of the events. Parcels of one stream stay in order.
  package var stream: String { if case .report(let report) = content { report.identity.sensor } else { "" } }

  /// The parcel only reports that others are lost.
  package var isGap: Bool { if case .report(.gap) = content { true } else { false } }

  /// The parcel is a gap that can be split into several smaller ones.
  package var isDivisible: Bool { if case .report(.gap(let gap)) = content { gap.spans.count > 1 } else { false } }

  package init(number: UInt64, record: [UInt8], isAhead: Bool = false) {
    self.number = number
    self.record = record
    self.isAhead = isAhead
    do throws(MalformedReport) {
      content = .report(try ReportCoder.decode(record))
    } catch {
      content = .malformed(error)
    }
  }
}

/// The content of one message to the broker: one parcel, or several readings of one sensor.
package struct Shipment: Hashable, Sendable {
  package let parcels: [Parcel]

  package init(_ parcels: [Parcel]) { self.parcels = parcels }

  /// The first number: no two shipments in flight have the same.
  package var token: UInt64 { parcels.first?.number ?? 0 }
  package var numbers: [UInt64] { parcels.map(\.number) }
  package var stream: String { parcels.first?.stream ?? "" }

  package var reports: [Report] {
    parcels.compactMap { if case .report(let report) = $0.content { report } else { nil } }
  }

  /// Puts readings of one sensor into one message, at most `limit` readings and `room` bytes; everything else goes
  /// alone. The readings of each sensor stay in order, and so do the first parcels of the messages. `size`: see
  /// `CourierLimits`.
  static func shipments(of parcels: [Parcel], limit: Int, room: Int = .max, size: (Reading) -> Int = { _ in 1 })
    -> [Shipment]
  {
    var groups: [[Parcel]] = []
    var open: [String: Int] = [:]
    for parcel in parcels {
      guard limit > 1, case .report(.reading(let reading)) = parcel.content else {
        groups.append([parcel])
        continue
      }
      // Parcels that are ahead are not mixed with those in order, which may be much older.
      let key = (parcel.isAhead ? "+" : "-") + reading.identity.sensor
      // The readings of one sensor are all about the same size.
      if let index = open[key], groups[index].count < min(limit, room / size(reading)) {
        groups[index].append(parcel)
      } else {
        open[key] = groups.count
        groups.append([parcel])
      }
    }
    return groups.map { Shipment($0) }
  }
}
