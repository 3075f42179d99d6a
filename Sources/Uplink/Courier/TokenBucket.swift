import Telemetry

/// A token bucket: `rate` a second, in bursts of at most `burst` (default: one second's worth).
struct TokenBucket: Sendable {
  private let rate: Double
  private let burst: Double
  private var allowance: Double
  private var last: Uptime

  init(rate: Int, burst: Int? = nil, now: Uptime) {
    self.rate = Double(rate)
    self.burst = Double(burst ?? rate)
    allowance = self.burst
    last = now
  }

  /// How many tokens there are now.
  mutating func allowed(at now: Uptime) -> Int {
    let elapsed = Double((now - last).nanoseconds) / 1e9
    allowance = min(burst, allowance + rate * elapsed)
    last = now
    return Int(allowance)
  }

  mutating func spend(_ count: Int) { allowance -= Double(count) }

  /// When there will be a tenth of a second's worth of tokens, and at least one.
  func next(after now: Uptime) -> Uptime {
    let missing = max(1, rate / 10) - allowance
    return now + .nanoseconds(Int64(max(0, missing) / rate * 1e9) + 1_000_000)
  }
}
