import Logging
import Testing

@testable import Manual

@Suite("The catalogue of messages") struct LogNoteTests {
  @Test("A message's meaning and its advice are sentences, and fit into a table") func sentences() {
    for message in LogMessage.allCases {
      let note = message.note
      #expect(note.meaning.hasSuffix("."), "\(message)")
      #expect(note.advice.hasSuffix("."), "\(message)")
      #expect(!(note.meaning + note.advice).contains("|"), "\(message)")
    }
  }

  @Test("No two messages have the same meaning") func distinct() {
    let meanings = Dictionary(grouping: LogMessage.allCases, by: \.note.meaning)
    for (meaning, messages) in meanings { #expect(messages.count == 1, "\(messages): \(meaning)") }
  }
}
