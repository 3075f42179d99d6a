/// Messages that the broker refuses, or does not answer.
extension LogNote {
  static let postponed = LogNote(
    "The broker is busy, or this client is over its quota. All messages wait for a short time.",
    "Look at the broker's limits.")
  static let denied = LogNote(
    "The broker does not allow a topic. The messages for that topic wait, and are tried again from time to time.",
    "Correct the broker's access rules.")
  static let stateRefused = LogNote(
    "The broker refused the retained state.",
    "Correct the broker's access rules.")
  static let suspicious = LogNote(
    "Three connections ended at the same message. The daemon now sends one message at a time to find the cause.",
    "Nothing yet. A later message names the stream that is the cause.")
  static let breaksOff = LogNote(
    "The connection ends whenever a message of this stream is sent. The message is kept, and other streams go on.",
    "See the broker's log. The cause can be missing rights, a quota, a limit or a defect of the broker, or a device "
      + "in between.")
  static let greetingBreaksOff = LogNote(
    "The connection ends whenever the state or the subscriptions are sent. The daemon leaves them out for a while.",
    "See the broker's log.")
  static let unanswered = LogNote(
    "The broker does not answer a message of this stream, though it answers others. The message is kept, and other "
      + "streams go on.",
    "See `no-acknowledgements`. The message may be larger than the others.")
  static let greetingUnanswered = LogNote(
    "The broker does not answer the state or the subscriptions. The daemon leaves them out for a while.",
    "See `no-acknowledgements`.")
  static let rejected = LogNote(
    "The broker will never take this message. It is a dead letter now, and a gap event reports it.",
    "See `dead-letters.jsonl` in the buffer's directory, which has the reason.")
  static let gapRefused = LogNote(
    "The broker does not take this gap event, not even divided. The event is kept and tried again from time to time. "
      + "Nothing else waits for it.",
    "The reason names the broker's objection: a limit, or the topic of the events.")
  static let deadLetterFailed = LogNote(
    "A dead letter could not be written to `dead-letters.jsonl`.",
    "See the reason. The gap event is published all the same.")
}
