"""The hostile broker: an MQTT server that behaves as the weather says, and remembers what it has taken. What it has
taken it never loses: that the daemon was told so or not is another matter."""

import asyncio
import json
import random
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import packets
from evidence import Evidence, Kept, Report, identity
from packets import Kind, Packet, Publication
from weather import CALM, Ending, Temper, Weather, Welcome, connect_reason

# Far above what a connection of a run ever uses: a stray acknowledgement must not meet a message.
STRAY_NUMBERS = (50_000, 65_000)
# Messages that nobody has asked for, and commands, which some configurations allow.
COMMANDS = "fieldpost/chaos/command"
STRAYS = (
    ("nobody/asked", b""),
    ("nobody/asked", b"for this" * 1_000),
    (COMMANDS, b'{"command":"read-now"}'),
    (COMMANDS, b'{"command":"status"}'),
    (COMMANDS, b'{"command":"read-now","sensor":"nobody"}'),
    (COMMANDS, b"\0\xff"),
)


class Broken(Exception):
    """The connection has ended, whoever ended it."""


@dataclass
class Broker:
    evidence: Evidence
    seed: int
    port: int = 0
    # None: friendly.
    weather: Weather | None = None
    # By life: the most messages that its configurations have had on their way.
    windows: dict[int, int] = field(default_factory=dict)
    # What it does with a report that it takes, before it remembers it; a liar's forgets or changes it.
    remember: Callable[[Report], list[Report]] = lambda report: [report]

    async def start(self) -> None:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        self.server.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.evidence.connections += 1
        number = self.evidence.connections
        temper = self.weather.next() if self.weather else CALM
        conversation = Conversation(self, number, temper, writer)
        try:
            await conversation.run(reader)
        except (Broken, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            conversation.end()

    def take(self, report: Report, life: int, connection: int) -> list[Kept]:
        try:
            name = identity(report)
        except KeyError:
            self.evidence.breaches.append(f"a report without an identity: {json.dumps(report)[:200]}")
            return []
        taken = [
            Kept(name, each, len(self.evidence.kept) + offset, life, connection)
            for offset, each in enumerate(self.remember(report))
        ]
        self.evidence.kept += taken
        return taken


class Conversation:
    """One connection, from its first byte to its last."""

    def __init__(self, broker: Broker, number: int, temper: Temper, writer: asyncio.StreamWriter):
        self.broker = broker
        self.evidence = broker.evidence
        self.number = number
        self.temper = temper
        self.writer = writer
        self.random = random.Random(f"connection {broker.seed} {number}")
        self.version = packets.VERSION_5
        self.life = 0
        self.outgoing: asyncio.Queue[tuple[bytes, Callable[[], None] | None]] = asyncio.Queue()
        self.tasks: list[asyncio.Task[None]] = []
        self.read = 0
        self.written = 0
        # Nothing is read any more, and the other side is not told.
        self.is_deaf = False
        self.has_made_noise = False
        self.window = Window(self)

    # The beginning and the end.

    async def run(self, reader: asyncio.StreamReader) -> None:
        self.tasks.append(asyncio.create_task(self.write_on()))
        if self.temper.lasts is not None:
            asyncio.get_running_loop().call_later(self.temper.lasts, self.leave)
        cutter = packets.Cutter()
        while data := await reader.read(65_536):
            self.read += len(data)
            if self.temper.eats is not None and self.read >= self.temper.eats:
                data = data[: len(data) - (self.read - self.temper.eats)]
            for packet in cutter.feed(data):
                if not self.is_deaf:
                    self.hear(packet)
            if self.temper.eats is not None and self.read >= self.temper.eats:
                self.leave()

    def leave(self) -> None:
        """As the temper has it."""
        if self.writer.transport.is_closing():
            return
        if self.temper.ending is Ending.DISCONNECT and self.version == packets.VERSION_5:
            self.writer.write(packets.disconnect(self.random.choice((0x80, 0x89, 0x8B, 0x97, 0x98))))
        if self.temper.ending is Ending.RESET:
            self.reset()
        else:
            self.end()

    def reset(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()

    def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        self.writer.close()

    # Writing.

    def send(self, data: bytes, when_written: Callable[[], None] | None = None) -> None:
        self.outgoing.put_nowait((data, when_written))

    async def write_on(self) -> None:
        try:
            while True:
                await self.write(*await self.outgoing.get())
        except ConnectionError:
            self.end()

    async def write(self, data: bytes, when_written: Callable[[], None] | None) -> None:
        if self.temper.chops and len(data) > 1:
            cut = self.random.randrange(1, len(data))
            self.put(data[:cut])
            await asyncio.sleep(self.random.uniform(0, 0.01))
            data = data[cut:]
        self.put(data)
        # Before the other side can do anything about it.
        if when_written:
            when_written()
        await self.writer.drain()

    def put(self, data: bytes) -> None:
        limit = self.temper.writes
        if limit is not None and self.written + len(data) >= limit:
            self.writer.write(data[: limit - self.written])
            self.leave()
            raise ConnectionAbortedError
        self.writer.write(data)
        self.written += len(data)

    # Hearing.

    def hear(self, packet: Packet) -> None:
        if self.temper.swallows is not None and packet.size > self.temper.swallows:
            self.is_deaf = True
            return
        match packet.kind:
            case Kind.CONNECT:
                self.welcome(packets.read_connect(packet.body))
            case Kind.PUBLISH:
                self.published(packets.read_publish(packet, self.version), packet.size)
            case Kind.PUBREL:
                number = packets.read_number(packet)
                self.reply(Kind.PUBCOMP, number, lambda: self.window.answered(number))
            case Kind.PINGREQ:
                self.send(packets.encode(Kind.PINGRESP))
            case Kind.SUBSCRIBE:
                filters = packets.count_filters(packet, self.version)
                self.send(packets.suback(self.version, packets.read_number(packet), filters))
            case Kind.DISCONNECT:
                self.end()
            case Kind.PUBACK | Kind.PUBREC | Kind.PUBCOMP | Kind.AUTH:
                pass
            # Noise may be a PINGREQ, which libmosquitto answers though no broker may send it.
            case Kind.PINGRESP if self.has_made_noise:
                pass
            case _:
                self.evidence.breaches.append(f"a gateway sent a packet of type {packet.first >> 4}")

    def welcome(self, connect: packets.Connect) -> None:
        self.version = connect.version
        # The client id has the life's number: a connection of a daemon that was killed may be served after the next
        # start.
        self.life = int(connect.client.rpartition("-")[2])
        whole = packets.connack(self.version, self.temper.present, 0, self.properties())
        match self.temper.welcome:
            case Welcome.ACCEPT:
                self.send(whole)
            case Welcome.SILENCE:
                pass
            case Welcome.HALF:
                self.send(whole[: self.random.randrange(1, len(whole))])
            case Welcome.CLOSE:
                self.end()
            case Welcome.RESET:
                self.reset()
            case Welcome.REFUSE:
                reason = connect_reason(self.temper, self.version)
                self.send(packets.connack(self.version, False, reason), self.end)

    def properties(self) -> bytes:
        temper, properties = self.temper, b""
        if temper.receive_maximum is not None:
            properties += struct.pack(">BH", packets.RECEIVE_MAXIMUM, temper.receive_maximum)
        if temper.maximum_packet is not None:
            properties += struct.pack(">BI", packets.MAXIMUM_PACKET_SIZE, temper.maximum_packet)
        if temper.server_keep_alive is not None:
            properties += struct.pack(">BH", packets.SERVER_KEEP_ALIVE, temper.server_keep_alive)
        if temper.maximum_qos is not None:
            properties += bytes([packets.MAXIMUM_QOS, temper.maximum_qos])
        if not temper.keeps_retained:
            properties += bytes([packets.RETAIN_AVAILABLE, 0])
        return properties

    # Messages.

    def published(self, publication: Publication, size: int) -> None:
        reports = self.reports(publication)
        self.window.opened(publication, bool(reports), size)
        reason = self.refusal(publication)
        if reason is not None:
            self.refuse(publication, reason)
            return
        is_ignored = self.random.random() < self.temper.ignores
        if is_ignored and self.random.random() < 0.5:
            return
        kept = [each for report in reports for each in self.broker.take(report, self.life, self.number)]
        if not is_ignored:
            self.accept(publication, kept)
        self.annoy()

    def reports(self, publication: Publication) -> list[Report]:
        """What it says of sensors; none in a state."""
        try:
            content = json.loads(publication.payload)
        except ValueError as error:
            self.evidence.breaches.append(f"no JSON at {publication.topic}: {error}: {publication.payload[:200]!r}")
            return []
        objects = content if isinstance(content, list) else [content]
        if not objects or not all(isinstance(each, dict) for each in objects):
            self.evidence.breaches.append(f"no object at {publication.topic}: {publication.payload[:200]!r}")
            return []
        for state in objects:
            check_ledger(state, self.evidence.breaches)
        return [each for each in objects if "state" not in each and "command" not in each]

    def refusal(self, publication: Publication) -> int | None:
        if self.temper.at is not None and publication.topic.rpartition("/")[2] != self.temper.at:
            return None
        if publication.qos == 0 or not self.temper.reasons or self.random.random() >= self.temper.refuses:
            return None
        return self.random.choice(self.temper.reasons)

    def refuse(self, publication: Publication, reason: int) -> None:
        self.evidence.refusals += 1
        if self.temper.closes or self.version != packets.VERSION_5:
            self.leave()
            return
        kind = Kind.PUBACK if publication.qos == 1 else Kind.PUBREC
        self.window.refused(publication, reason)
        self.reply(kind, publication.number, lambda: self.window.answered(publication.number), reason)

    def accept(self, publication: Publication, kept: list[Kept]) -> None:
        self.window.taken(publication, kept)
        match publication.qos:
            case 1:
                self.reply(Kind.PUBACK, publication.number, lambda: self.window.answered(publication.number))
            case 2:
                self.reply(Kind.PUBREC, publication.number)

    def reply(
        self, kind: Kind, number: int, when_written: Callable[[], None] | None = None, reason: int = 0
    ) -> None:
        """Late, out of order and twice, as the temper has it."""
        data = packets.answer(kind, number, self.version, reason)
        delay = self.random.uniform(*self.temper.delay)
        if self.temper.pause:
            delay = self.window.next_turn(self.temper.pause)
        loop = asyncio.get_running_loop()
        loop.call_later(delay, self.send, data, when_written) if delay else self.send(data, when_written)
        if self.random.random() < self.temper.twice:
            self.window.is_confused = True
            loop.call_later(delay + self.random.uniform(0, 0.1), self.send, data)
        if self.random.random() < self.temper.unknown:
            self.window.is_confused = True
            self.send(packets.answer(kind, self.random.randint(*STRAY_NUMBERS), self.version))

    def annoy(self) -> None:
        """What nobody asked for."""
        if self.random.random() < self.temper.unasked:
            stray = self.random.choice(STRAYS)
            number = self.random.randint(1, 99)
            # With QoS 2 the daemon ends the connection.
            qos = self.random.choice((0, 0, 0, 1, 1, 1, 1, 2))
            self.send(packets.publish(self.version, Publication(*stray, qos, number)))
        if self.random.random() < self.temper.noise:
            self.has_made_noise = True
            self.send(self.random.randbytes(self.random.randint(1, 40)))


class Window:
    """What is on its way on a connection, and what the daemon is proven to have read: with a window of W messages,
    whoever has sent W + k has read the first k answers."""

    def __init__(self, conversation: Conversation):
        self.conversation = conversation
        self.open: set[int] = set()
        self.reports: dict[int, list[Kept]] = {}
        self.answers: list[list[Kept]] = []
        self.sent = 0
        self.settled = 0
        # Answers that fit nothing count as some of the window with the library; then its size proves nothing.
        self.is_confused = False
        # A batch that was refused for good comes again as single messages, beyond the window.
        self.is_burst = False
        self.turn = 0.0

    def opened(self, publication: Publication, is_counted: bool, size: int) -> None:
        if publication.qos:
            self.open.add(publication.number)
        if self.conversation.version == packets.VERSION_5:
            self.check(size)
        if is_counted:
            self.sent += 1
            self.settle()

    def check(self, size: int) -> None:
        """What the broker has asked for."""
        breaches, temper = self.conversation.evidence.breaches, self.conversation.temper
        largest, most = temper.maximum_packet, temper.receive_maximum
        if largest is not None and size > largest:
            breaches.append(f"a packet of {size} bytes where {largest} are allowed")
        if most is not None and len(self.open) > most and not self.is_confused:
            breaches.append(f"{len(self.open)} messages unacknowledged where {most} are allowed")

    def taken(self, publication: Publication, kept: list[Kept]) -> None:
        self.reports[publication.number] = kept

    def refused(self, publication: Publication, reason: int) -> None:
        self.is_burst = self.is_burst or reason in (0x90, 0x95, 0x99, 0x9B)

    def answered(self, number: int) -> None:
        """Its last acknowledgement is written."""
        self.open.discard(number)
        kept = self.reports.pop(number, [])
        for each in kept:
            each.acknowledged = len(self.conversation.evidence.kept)
        self.answers.append(kept)

    def settle(self) -> None:
        if self.is_burst or self.is_confused:
            return
        proven = self.sent - self.conversation.broker.windows[self.conversation.life]
        place, now = len(self.conversation.evidence.kept), time.time()
        for kept in self.answers[self.settled : max(proven, 0)]:
            for each in kept:
                each.settled, each.settled_at = place, now
        self.settled = max(self.settled, min(proven, len(self.answers)))

    def next_turn(self, pause: float) -> float:
        """How long until the next answer may go."""
        now = time.monotonic()
        self.turn = max(now, self.turn + pause)
        return self.turn - now


def check_ledger(state: Report, breaches: list[str]) -> None:
    buffer = state.get("buffer")
    if buffer is None:
        return
    parts = ("acknowledged", "waiting", "evicted", "expired", "lost")
    if buffer["taken"] != sum(buffer[part] for part in parts):
        breaches.append(f"the sums of a state do not add up: {json.dumps(buffer)}")
