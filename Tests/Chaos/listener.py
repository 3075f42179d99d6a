"""What `fieldpost listen --audit` says of a run: a friendly broker gives it everything that the hostile one has taken,
in the same order. Its figures must be those of the other audit."""

import asyncio
import json
import re
from dataclasses import dataclass

import packets
from audit import Audit
from evidence import Report
from packets import Kind, Publication


@dataclass(frozen=True)
class Verdict:
    received: int
    repeated: int
    missing: int
    reported: int

    def __str__(self) -> str:
        parts = f"{self.received} received, {self.repeated} repeated, {self.missing} missing"
        return f"{parts}, {self.reported} missing and reported"


class Giver:
    """A broker for one subscriber."""

    def __init__(self, reports: list[Report]):
        self.reports = reports

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        cutter = packets.Cutter()
        version = packets.VERSION_5
        try:
            while data := await reader.read(65_536):
                for packet in cutter.feed(data):
                    match packet.kind:
                        case Kind.CONNECT:
                            version = packets.read_connect(packet.body).version
                            writer.write(packets.connack(version, False, 0))
                        case Kind.SUBSCRIBE:
                            count = packets.count_filters(packet, version)
                            writer.write(packets.suback(version, packets.read_number(packet), count))
                            await self.give(version, writer)
                        case Kind.PINGREQ:
                            writer.write(packets.encode(Kind.PINGRESP))
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def give(self, version: int, writer: asyncio.StreamWriter) -> None:
        for report in self.reports:
            topic = f"fieldpost/chaos/{report['sensor']}"
            writer.write(packets.publish(version, Publication(topic, json.dumps(report).encode(), 0, 0)))
            await writer.drain()


async def listen(tool: str, audit: Audit) -> Verdict | str:
    """Its verdict, or what it said in place of one."""
    reports = [kept.report for kept in audit.evidence.kept]
    server = await asyncio.start_server(Giver(reports).serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        process = await asyncio.create_subprocess_exec(
            tool, "listen", "--broker", f"mqtt://127.0.0.1:{port}", "--audit", "--from-start",
            "--count", str(len(reports)),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        output = (await asyncio.wait_for(process.communicate(), 300))[0].decode(errors="replace")
    finally:
        server.close()
    numbers = re.search(
        r"verdict: .*?(\d+) received, (\d+) repeated, (\d+) missing, (\d+) missing and reported", output)
    return Verdict(*map(int, numbers.groups())) if numbers else output[-2_000:]


def expected(audit: Audit) -> Verdict:
    """By the words of docs/listen.md: missing is what has no number up to the last one that came of its epoch."""
    missing = reported = 0
    for (sensor, epoch), arrived in audit.arrived.items():
        for sequence in range(1, max(arrived)):
            if sequence not in arrived:
                told = audit.is_told(sensor, epoch, sequence)
                missing, reported = missing + (not told), reported + told
    received = audit.figures.readings + audit.figures.events
    return Verdict(received, audit.figures.repeats, missing, reported)
