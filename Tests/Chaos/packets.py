"""MQTT 3.1.1 and 5, byte by byte: what a broker reads and writes. Nothing here keeps it from what it must not do."""

import enum
import struct
from collections.abc import Iterator
from dataclasses import dataclass


class Kind(enum.IntEnum):
    CONNECT = 1
    CONNACK = 2
    PUBLISH = 3
    PUBACK = 4
    PUBREC = 5
    PUBREL = 6
    PUBCOMP = 7
    SUBSCRIBE = 8
    SUBACK = 9
    UNSUBSCRIBE = 10
    UNSUBACK = 11
    PINGREQ = 12
    PINGRESP = 13
    DISCONNECT = 14
    AUTH = 15


VERSION_5 = 5
VERSION_311 = 4

RECEIVE_MAXIMUM = 0x21
SERVER_KEEP_ALIVE = 0x13
MAXIMUM_QOS = 0x24
RETAIN_AVAILABLE = 0x25
MAXIMUM_PACKET_SIZE = 0x27


@dataclass(frozen=True)
class Packet:
    first: int
    body: bytes
    size: int

    @property
    def kind(self) -> Kind | None:
        return Kind(self.first >> 4) if self.first >> 4 else None


def variable_integer(value: int) -> bytes:
    digits = bytearray()
    while True:
        value, digit = divmod(value, 128)
        digits.append(digit | (0x80 if value else 0))
        if not value:
            return bytes(digits)


def read_variable_integer(data: bytes, at: int) -> tuple[int, int]:
    """The value, and where it ends. IndexError where it is not complete."""
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if not data[at - 1] & 0x80:
            return value, at


def encode(kind: Kind, body: bytes = b"", flags: int = 0) -> bytes:
    return bytes([kind << 4 | flags]) + variable_integer(len(body)) + body


def text(value: str) -> bytes:
    return struct.pack(">H", len(value.encode())) + value.encode()


def read_text(body: bytes, at: int) -> tuple[str, int]:
    end = at + 2 + struct.unpack_from(">H", body, at)[0]
    return body[at + 2 : end].decode(), end


class Cutter:
    """Cuts a stream of bytes into packets."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> Iterator[Packet]:
        self.rest += data
        while True:
            try:
                length, begin = read_variable_integer(self.rest, 1)
            except IndexError:
                return
            end = begin + length
            if len(self.rest) < end:
                return
            packet, self.rest = Packet(self.rest[0], self.rest[begin:end], end), self.rest[end:]
            yield packet


@dataclass(frozen=True)
class Connect:
    version: int
    client: str


def read_connect(body: bytes) -> Connect:
    _, at = read_text(body, 0)
    version, at = body[at], at + 4
    if version == VERSION_5:
        length, at = read_variable_integer(body, at)
        at += length
    return Connect(version, read_text(body, at)[0])


@dataclass(frozen=True)
class Publication:
    topic: str
    payload: bytes
    qos: int
    number: int


def read_publish(packet: Packet, version: int) -> Publication:
    qos = packet.first >> 1 & 3
    topic, at = read_text(packet.body, 0)
    number = 0
    if qos:
        number, at = struct.unpack_from(">H", packet.body, at)[0], at + 2
    if version == VERSION_5:
        length, at = read_variable_integer(packet.body, at)
        at += length
    return Publication(topic, packet.body[at:], qos, number)


def read_number(packet: Packet) -> int:
    """The packet identifier of an acknowledgement, or of a SUBSCRIBE."""
    return int.from_bytes(packet.body[:2])


def count_filters(packet: Packet, version: int) -> int:
    """How many filters a SUBSCRIBE has."""
    at, count = 2, 0
    if version == VERSION_5:
        length, at = read_variable_integer(packet.body, at)
        at += length
    while at < len(packet.body):
        at = read_text(packet.body, at)[1] + 1
        count += 1
    return count


def connack(version: int, present: bool, reason: int, properties: bytes = b"") -> bytes:
    tail = variable_integer(len(properties)) + properties if version == VERSION_5 else b""
    return encode(Kind.CONNACK, bytes([present, reason]) + tail)


def answer(kind: Kind, number: int, version: int, reason: int = 0) -> bytes:
    tail = bytes([reason]) if version == VERSION_5 and reason else b""
    return encode(kind, struct.pack(">H", number) + tail, 2 if kind is Kind.PUBREL else 0)


def suback(version: int, number: int, filters: int) -> bytes:
    properties = b"\0" if version == VERSION_5 else b""
    return encode(Kind.SUBACK, struct.pack(">H", number) + properties + b"\1" * filters)


def publish(version: int, publication: Publication) -> bytes:
    number = struct.pack(">H", publication.number) if publication.qos else b""
    properties = b"\0" if version == VERSION_5 else b""
    body = text(publication.topic) + number + properties + publication.payload
    return encode(Kind.PUBLISH, body, publication.qos << 1)


def disconnect(reason: int) -> bytes:
    """Of MQTT 5: with 3.1.1 a broker has none."""
    return encode(Kind.DISCONNECT, bytes([reason]))
