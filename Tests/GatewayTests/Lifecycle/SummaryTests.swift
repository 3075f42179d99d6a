import Linux
import Telemetry
import Testing

@testable import Gateway

@Suite("The summary")
struct SummaryTests {
  private func at(_ seconds: Int64) -> Uptime { Uptime(nanoseconds: seconds * 1_000_000_000) }

  @Test("Counts since the last one; what waits is what waits now")
  func story() {
    var totals = Summary.Totals(taken: 1_000, delivered: 990, lost: 5, waiting: 5, bytesWritten: 8_192)
    var summary = Summary(totals, at: at(0))
    summary.faultBegan()
    summary.connected()
    summary.connected()
    totals = Summary.Totals(taken: 1_100, delivered: 1_080, lost: 5, waiting: 15, bytesWritten: 8_193)
    #expect(
      summary.line(totals, at: at(3_600))
        == "in 1 h 0 min: 100 taken, 90 delivered, 0 lost, 15 waiting; 1 sensor fault, 2 connections made; "
        + "1 byte written to the buffer's disk")
    totals.delivered += 15
    totals.waiting = 0
    #expect(
      summary.line(totals, at: at(3_660))
        == "in 1 min 0 s: 0 taken, 15 delivered, 0 lost, 0 waiting; 0 sensor faults, 0 connections made; "
        + "0 bytes written to the buffer's disk")
  }

  @Test("A damaged disk makes the buffer count anew: nothing is made of a total that shrinks")
  func shrinks() {
    var summary = Summary(Summary.Totals(taken: 9, delivered: 9, lost: 9, bytesWritten: 9, bytesLogged: 9), at: at(0))
    #expect(
      summary.line(Summary.Totals(taken: 10, delivered: 3), at: at(60))
        == "in 1 min 0 s: 1 taken, 0 delivered, 0 lost, 0 waiting; 0 sensor faults, 0 connections made; "
        + "0 bytes written to the buffer's disk")
  }

  @Test("What went to the log's own file, which begins anew when it is another one")
  func ownFile() {
    var totals = Summary.Totals(bytesLogged: 500)
    var summary = Summary(totals, at: at(0))
    totals.bytesLogged = 700
    #expect(summary.line(totals, at: at(60)).hasSuffix("0 bytes written to the buffer's disk, 200 to the log's file"))
    totals.bytesLogged = 20
    #expect(summary.line(totals, at: at(120)).hasSuffix("0 bytes written to the buffer's disk"))
    totals.bytesLogged = 50
    #expect(summary.line(totals, at: at(180)).hasSuffix(", 30 to the log's file"))
  }
}
