/// What a person should know of the way upstream.
public enum CourierNote: Hashable, Sendable {
  case connected
  case couldNotConnect(Cause, retryIn: Duration)
  /// `inFlight` parcels were on their way; they will be sent again.
  case lostConnection(Cause, inFlight: Int, retryIn: Duration)

  public enum Cause: Hashable, Sendable {
    case failure(LinkFailure)
    case noAnswer(after: Duration)
    case noAcknowledgement(after: Duration)
    case refused(UInt64, reason: UInt8, meaning: String)
  }
}

extension CourierNote.Cause: CustomStringConvertible {
  public var description: String {
    switch self {
    case .failure(let failure): "\(failure)"
    case .noAnswer(let limit): "no answer within \(limit)"
    case .noAcknowledgement(let limit): "no acknowledgement within \(limit)"
    case .refused(_, let reason, let meaning): "the broker refused a message: \(meaning) (reason \(reason))"
    }
  }
}
