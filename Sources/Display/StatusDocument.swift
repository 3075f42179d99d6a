import Telemetry

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What a daemon says of itself: docs/status.md. Keys that this program does not know are left out.
public struct StatusDocument: Decodable, Sendable {
  /// The version of the document that this program understands.
  static let version = 1

  public enum Health: String, Decodable, Sendable { case healthy, degraded }

  public struct Clock: Decodable, Sendable {
    public let time: String
    public let synced: Bool
    public let corrected: Bool
  }

  public struct Moment: Decodable, Sendable {
    /// Nil: it was before the last boot, while the clock was not set.
    public let seconds: Double?
  }

  public struct Complaint: Decodable, Sendable {
    public let text: String
    public let seconds: Double
  }

  public struct Value: Decodable, Sendable {
    public enum Content: Hashable, Sendable {
      case number(Double)
      case closed(Bool)
    }

    public let quantity: String
    public let content: Content
    public let unit: String?

    private enum Key: String, CodingKey { case quantity, value, unit }

    public init(from decoder: any Decoder) throws {
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

  public struct Alarm: Decodable, Sendable {
    public let alarm: String
    public let quantity: String?
  }

  public struct Recent: Decodable, Sendable {
    public let taken: Int
    public let of: Int
  }

  public struct Sensor: Decodable, Sendable {
    public let id: String
    public let driver: String
    public let place: String
    public let isBestEffort: Bool
    public let state: String
    public let fault: Complaint?
    public let values: [Value]?
    public let quality: String?
    public let age: Double?
    public let success: Double?
    public let recent: Recent
    public let faults: Int
    /// Nil: not known at the moment.
    public let alarms: [Alarm]?

    private enum CodingKeys: String, CodingKey {
      case id, driver, state, fault, values, quality, age, success, recent, faults, alarms
      case place = "where"
      case isBestEffort = "bestEffort"
    }
  }

  public struct Bus: Decodable, Sendable {
    public struct Reading: Decodable, Sendable {
      public let sensor: String
      public let seconds: Double
    }

    public let name: String
    public let state: String
    public let stuck: Moment?
    public let reading: Reading?
    public let powerCycled: Moment?
  }

  public struct Uplink: Decodable, Sendable {
    public let state: String
    public let retryIn: Double?
    public let seconds: Double
    public let broker: String
    public let mqtt: String?
    public let inFlight: Int?
    public let held: [String]?
    public let reconnects: Int
    public let setAside: Int
    public let lastError: Complaint?
  }

  public struct Spool: Decodable, Sendable {
    public struct SinceStart: Decodable, Sendable {
      public let evicted: UInt64
      public let expired: UInt64
      public let lost: UInt64
      public let refused: UInt64
      public let bytesWritten: UInt64
    }

    public let waiting: UInt64
    public let durable: UInt64
    public let oldest: Moment?
    public let evicted: UInt64
    public let expired: UInt64
    public let lost: UInt64
    public let sinceStart: SinceStart
    public let bytesWrittenToday: UInt64
    public let hoursLeft: UInt64?
    public let degraded: Bool
  }

  public let health: Health
  public let reasons: [String]
  public let version: String
  public let pid: Int
  public let device: String
  public let epoch: UInt32
  public let uptime: Double
  public let clock: Clock
  public let sensors: [Sensor]
  public let buses: [Bus]
  public let uplink: Uplink
  /// Nil: its thread does not answer.
  public let spool: Spool?
}

/// Why an answer is not understood.
public enum StatusDocumentError: Error, Hashable, Sendable, CustomStringConvertible {
  case newer(version: Int)
  case malformed(String)

  public var description: String {
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

  public static func parse(_ bytes: [UInt8]) throws(StatusDocumentError) -> StatusDocument {
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
