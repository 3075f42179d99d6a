import Telemetry

/// Makes messages of reports and states: the address, the payload in a format, and what stands beside it.
package struct MessageEncoder: Sendable {
  /// The user's choices.
  package struct Style: Sendable {
    /// Sends the content type, and the identity as headers.
    package var describes = false
    /// The broker drops a reading or event that it could not deliver within this time.
    package var expiry: Duration?

    package init() {}
  }

  package let format: any PayloadFormat
  private let style: Style

  package init(_ format: any PayloadFormat, style: Style = Style()) {
    self.format = format
    self.style = style
  }

  /// One message for readings of one sensor, or for one report of another kind; nil for no reports.
  package func message(for reports: [Report], clock: ClockCorrection) -> Message? {
    guard let first = reports.first else { return nil }
    var message = message(for: first, and: reports.dropFirst(), clock)
    message.expiry = style.expiry
    guard style.describes else { return message }
    message.contentType = format.contentType
    // A batch has the headers of its first reading: the other identities are in the payload.
    let identity = first.identity
    message.headers = [.init("epoch", "\(identity.epoch)"), .init("sequence", "\(identity.sequence)")]
    return message
  }

  private func message(for first: Report, and others: ArraySlice<Report>, _ clock: ClockCorrection) -> Message {
    Message(to: first.address, payload: payload(of: first, and: others, clock))
  }

  private func payload(of first: Report, and others: ArraySlice<Report>, _ clock: ClockCorrection) -> [UInt8] {
    switch first {
    case .reading(let reading):
      let readings = others.compactMap { if case .reading(let reading) = $0 { reading } else { nil } }
      return format.readings([reading] + readings, clock)
    case .event(let event): return format.event(event, clock)
    case .gap(let gap): return format.gap(gap, clock)
    }
  }

  /// The state of the gateway. The last will is an `offline` without a time: nobody knows when it will be published.
  package func state(online: Bool, at time: Stamp?, report: StateReport? = nil) -> Message {
    Message(to: .state, payload: format.state(online: online, at: time, report))
  }
}
