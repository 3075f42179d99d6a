import Telemetry

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A daemon's answer about its status, see docs/status.md. Keys that this program does not know are ignored.
package struct StatusDocument: Decodable, Sendable {
  /// The version of the document that this program understands.
  static let version = 1

  package enum Health: String, Decodable, Sendable { case healthy, degraded }

  package struct Clock: Decodable, Sendable {
    package let time: String
    package let synced: Bool
    package let corrected: Bool
  }

  package struct Moment: Decodable, Sendable {
    /// How long ago. Nil: before the last boot, at a time when the clock was not set.
    package let seconds: Double?
  }

  package struct Complaint: Decodable, Sendable {
    package let text: String
    package let seconds: Double
  }

  package struct Value: Decodable, Sendable {
    package enum Content: Hashable, Sendable {
      case number(Double)
      case closed(Bool)
    }

    package let quantity: String
    package let content: Content
    package let unit: String?

    private enum Key: String, CodingKey { case quantity, value, unit }

    package init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: Key.self)
      quantity = try values.decode(String.self, forKey: .quantity)
      unit = try values.decodeIfPresent(String.self, forKey: .unit)
      if let closed = try? values.decode(Bool.self, forKey: .value) {
        content = .closed(closed)
      } else {
        content = .number(try values.decode(Double.self, forKey: .value))
      }
    }
  }

  package struct Alarm: Decodable, Sendable {
    package let alarm: String
    package let quantity: String?
  }

  package struct Recent: Decodable, Sendable {
    package let taken: Int
    package let of: Int
  }

  package struct Sensor: Decodable, Sendable {
    package let id: String
    package let driver: String
    package let place: String
    package let isBestEffort: Bool
    package let state: String
    package let fault: Complaint?
    package let values: [Value]?
    package let quality: String?
    package let age: Double?
    package let success: Double?
    package let recent: Recent
    package let faults: Int
    /// Nil: the alarms are not known at the moment.
    package let alarms: [Alarm]?

    private enum CodingKeys: String, CodingKey {
      case id, driver, state, fault, values, quality, age, success, recent, faults, alarms
      case place = "where"
      case isBestEffort = "bestEffort"
    }
  }

  package struct Bus: Decodable, Sendable {
    package struct Reading: Decodable, Sendable {
      package let sensor: String
      package let seconds: Double
    }

    package let name: String
    package let state: String
    package let stuck: Moment?
    package let reading: Reading?
    package let powerCycled: Moment?
  }

  package struct Uplink: Decodable, Sendable {
    package let state: String
    package let retryIn: Double?
    package let seconds: Double
    package let broker: String
    package let `protocol`: String?
    package let inFlight: Int?
    package let held: [String]?
    package let reconnects: Int
    package let deadLetters: Int
    package let lastError: Complaint?
  }

  package struct Spool: Decodable, Sendable {
    package struct SinceStart: Decodable, Sendable {
      package let evicted: UInt64
      package let expired: UInt64
      package let lost: UInt64
      package let refused: UInt64
      package let bytesWritten: UInt64
    }

    package let waiting: UInt64
    package let durable: UInt64
    package let oldest: Moment?
    package let evicted: UInt64
    package let expired: UInt64
    package let lost: UInt64
    package let sinceStart: SinceStart
    package let bytesWrittenToday: UInt64
    package let hoursLeft: UInt64?
    package let degraded: Bool
  }

  package let health: Health
  package let reasons: [String]
  package let version: String
  package let pid: Int
  package let device: String
  package let epoch: UInt32
  package let uptime: Double
  package let clock: Clock
  package let sensors: [Sensor]
  package let buses: [Bus]
  package let uplink: Uplink
  /// Nil: the spool's thread does not answer.
  package let spool: Spool?
}

/// Why an answer cannot be understood.
package enum StatusDocumentError: Error, Hashable, Sendable, CustomStringConvertible {
  case newer(version: Int)
  case malformed(String)

  package var description: String {
    switch self {
    case .newer(let version):
      "the daemon answers with version \(version) of the status, and this program knows version "
        + "\(StatusDocument.version): it is older than the daemon"
    case .malformed(let reason): "the answer is not a daemon's status: \(reason)"
    }
  }
}

extension StatusDocument {
  private struct Head: Decodable { let status: Int }

  package static func parse(_ bytes: [UInt8]) throws(StatusDocumentError) -> StatusDocument {
    let head: Head = try decoded(bytes)
    guard head.status == version else { throw .newer(version: head.status) }
    return try decoded(bytes)
  }

  private static func decoded<Content: Decodable>(_ bytes: [UInt8]) throws(StatusDocumentError) -> Content {
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(Content.self, from: Data(bytes))
    } catch DecodingError.keyNotFound(let key, _) {
      throw .malformed("\"\(key.stringValue)\" is missing")
    } catch {
      throw .malformed(bytes.isEmpty ? "it is empty" : "it is not JSON, or cut off")
    }
  }
}
