import Logging
import Testing

@Suite("The names of messages") struct LogMessageTests {
  @Test("Names are words with hyphens, and each message has an id of its own in the journal") func names() {
    for message in LogMessage.allCases {
      #expect(message.rawValue.allSatisfy { $0.isLowercase || $0 == "-" }, "\(message)")
    }
    #expect(Set(LogMessage.allCases.map { LogEntry.journalID(of: $0.rawValue) }).count == LogMessage.allCases.count)
  }

  @Test("The message that the log itself writes has its name and its level in the catalogue") func ownMessage() {
    #expect(LogMessage(rawValue: Log.linesLost)?.level == .warning)
  }
}
