"""What `fieldpost schema` prints, as a validator that is not ours understands it."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import jsonschema
import yaml

from support import CLONE, PATIENCE

TOOL = CLONE / ".build/debug/fieldpost"
ROOT_KEYS = {"device", "uplink", "buffer", "log", "defaults", "buses", "sensors", "status", "metrics"}
RIGHT = """
device: {id: box}
uplink: {broker: mqtt://broker}
sensors: [{id: a, driver: tmp102, bus: i2c-1, address: 0x48}]
"""
# A mistake each: a title, the path of a key, and its value in RIGHT; None takes the key out.
MISTAKES = [
    ("an unknown section", "sensor", []),
    ("an unknown key", "uplink.keepalive", "30s"),
    ("an unknown key of a sensor", "sensors.0.buss", "i2c-1"),
    ("an option of another driver", "sensors.0.repeatability", "high"),
    ("no broker", "uplink.broker", None),
    ("no address", "sensors.0.address", None),
    ("no sensors", "sensors", []),
    ("a section that is no group", "buffer", "64MiB"),
    ("a duration without a unit", "uplink.keep_alive", 30),
    ("a duration out of its range", "uplink.keep_alive", "4s"),
    ("a duration above its range in another unit", "uplink.keep_alive", "1d"),
    ("a size below its range", "buffer.size", "1023KiB"),
    ("a unit that no size has", "buffer.size", "64MB"),
    ("a number out of its range", "uplink.in_flight", 1001),
    ("a word in place of a number", "uplink.in_flight", "many"),
    ("a number that is not whole", "uplink.rate", 1.5),
    ("a correction out of its range", "sensors.0.scale", 0.1),
    ("a word that is not one of those", "uplink.order", "latest"),
    ("a word in place of true or false", "uplink.describe", "sometimes"),
    ("an unknown protocol", "uplink.protocol", 4),
    ("a URL for another protocol", "uplink.broker", "http://broker"),
    ("a password in a URL", "uplink.broker", "mqtt://joe:secret@broker"),
    ("a port that cannot be", "uplink.broker", "mqtt://broker:65536"),
    ("an id with a space", "device.id", "cold store"),
    ("a placeholder that is not known", "device.id", "box-{mca}"),
    ("an unknown driver", "sensors.0.driver", "tmp120"),
    ("a part number that several drivers have", "sensors.0.driver", "HTU21"),
    ("an address that the chip cannot have", "sensors.0.address", 0x60),
    ("a bus that is none", "sensors.0.bus", "i2c-1/mux@0x78/1"),
    ("a quantity that the chip does not measure", "sensors.0.humidity", {"offset": 1}),
    ("the group of the main quantity", "sensors.0.temperature", {"offset": 1}),
    ("a calibration of one point", "sensors.0.calibration", [{"measured": 1, "actual": 2}]),
    ("a range with one end", "sensors.0.range", {"low": 1}),
    ("a password without a user name", "uplink.password", {"env": "PATH"}),
    ("a password in the file", "uplink.password", "Hunter2Hunter2"),
    ("a secret named twice", "uplink", {"broker": "mqtt://b", "username": "u", "password": {"env": "PATH", "file": "/x"}}),
    ("a topic of readings without the sensor", "uplink.topics", {"reading": "{prefix}/{device}"}),
    ("a wildcard in a topic", "uplink.topics", {"state": "a/#"}),
    ("an empty level of a topic", "uplink.topics", {"prefix": "a//b"}),
    ("a command twice", "uplink.commands", {"allow": ["status", "status"]}),
    ("an unknown command", "uplink.commands", {"allow": ["reboot"]}),
    ("a log's size without its file", "log", {"size": "1MiB"}),
    ("a path that is not whole", "buffer.directory", "spool"),
    ("a metrics file with another ending", "metrics", {"file": "/run/x.txt"}),
    ("a line's chip without its number", "sensors.0.alert_chip", "pinctrl-bcm2711"),
]


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as editors read it: off and no are words, 1e-3 is a number, 1:30 is none."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+0123456789.")),
]:
    Core.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), first)
Core.add_constructor("tag:yaml.org,2002:int", lambda loader, node: whole(loader.construct_scalar(node)))


def whole(text):
    return int(text, 16 if text.startswith("0x") else 8 if text.startswith("0o") else 10)


def tool(*arguments):
    return subprocess.run([TOOL, *arguments], capture_output=True, text=True, timeout=PATIENCE)


def check(text):
    """The exit status of fieldpost check, and what it says."""
    with tempfile.TemporaryDirectory(prefix="fieldpost-schema-") as folder:
        path = pathlib.Path(folder, "devices.yaml")
        path.write_text(text)
        result = tool("check", str(path))
        return result.returncode, result.stdout + result.stderr


def changed(path, value):
    """The right configuration with another value at a path."""
    document = yaml.load(RIGHT, Core)
    *groups, last = path.split(".")
    group = document
    for name in groups:
        group = group[int(name)] if name.isdigit() else group.setdefault(name, {})
    if value is None:
        del group[last]
    else:
        group[last] = value
    return document


def whole_document(found):
    """A fragment of a page within a configuration: sections, or a list of sensors. None: it is something else."""
    document = yaml.load(RIGHT, Core)
    if isinstance(found, list) and found and all(isinstance(each, dict) and "driver" in each for each in found):
        return document | {"sensors": found}
    if isinstance(found, dict) and found and set(found) <= ROOT_KEYS:
        return document | found | {"uplink": document["uplink"] | found.get("uplink", {})}
    return None


def blocks(page):
    """The indented blocks of a page in Markdown, or the literal displays of a manual page."""
    text = page.read_text()
    if page.suffix != ".md":
        return re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", text, re.MULTILINE | re.DOTALL)
    found = re.findall(r"(?:^(?: {4}.*)?\n)+", text + "\n", re.MULTILINE)
    return [re.sub(r"^ {4}", "", block, flags=re.MULTILINE) for block in found]


def examples():
    """The configurations in the documentation, by page. Those of scenarios are not among them."""
    pages = [CLONE / "README.md", *sorted((CLONE / "docs").rglob("*.md")), *sorted((CLONE / "deploy/man").iterdir())]
    for page in pages:
        if page.name == "simulation.md":
            continue
        for block in blocks(page):
            try:
                document = whole_document(yaml.load(block, Core))
            except yaml.YAMLError:
                continue
            if document:
                yield str(page.relative_to(CLONE)), document


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not TOOL.exists():
            raise AssertionError("there is no .build/debug/fieldpost: deploy/test --only build")
        cls.printed = tool("schema").stdout
        cls.schema = json.loads(cls.printed)
        cls.validator = jsonschema.Draft202012Validator(cls.schema)

    def mistakes(self, document):
        return [f"{each.json_path}: {each.message}"[:200] for each in self.validator.iter_errors(document)]

    def test_it_is_a_schema(self):
        """fieldpost schema prints a JSON Schema of draft 2020-12, the same each time, and ends with a newline"""
        jsonschema.Draft202012Validator.check_schema(self.schema)
        self.assertEqual(self.schema["$schema"], jsonschema.Draft202012Validator.META_SCHEMA["$id"])
        self.assertEqual(tool("schema").stdout, self.printed)
        self.assertTrue(self.printed.endswith("}\n") and not self.printed.endswith("\n\n"))

    def test_every_key_is_described(self):
        """every key in the schema has a description"""
        def keys(node, path):
            if isinstance(node, dict):
                for name, value in node.get("properties", {}).items():
                    yield f"{path}.{name}", value
                for name, value in node.items():
                    yield from keys(value, f"{path}.{name}")
            elif isinstance(node, list):
                for value in node:
                    yield from keys(value, path)
        found = [(path, value) for path, value in keys(self.schema, "") if ".if" not in path]
        self.assertGreater(len(found), 300)
        for path, value in found:
            if "$ref" in value:
                value = self.schema["$defs"][value["$ref"].removeprefix("#/$defs/")]
            self.assertIn("description", value, path)

    def test_the_example_is_right(self):
        """devices.yaml is right by the schema, as it is and with the keys in its comments"""
        text = (CLONE / "devices.yaml").read_text()
        self.assertEqual(self.mistakes(yaml.load(text, Core)), [])
        keys = text[text.index("\ndevice:"):]
        shown = re.sub(r"^( *)# ( *(?:- )?\{?[a-z_]+:(?: |$))", r"\1\2", keys, flags=re.MULTILINE)
        document = yaml.load(shown, Core)
        self.assertEqual(set(document), ROOT_KEYS)
        self.assertGreater(len(document["uplink"]), 18)
        self.assertEqual(self.mistakes(document), [])

    def test_the_documentation_is_right(self):
        """every configuration in README.md, docs and the manual pages is right by the schema"""
        found = list(examples())
        self.assertGreaterEqual(len(found), 14, found)
        self.assertTrue({"README.md", "docs/drivers.md", "docs/tls.md", "deploy/man/devices.yaml.5"} <= {page for page, _ in found})
        for page, document in found:
            with self.subTest(page):
                self.assertEqual(self.mistakes(document), [], document)

    def test_mistakes_are_refused(self):
        """the schema and fieldpost check both refuse each of these mistakes, and take the file without it"""
        self.assertEqual(self.mistakes(yaml.load(RIGHT, Core)), [])
        status, said = check(RIGHT)
        self.assertEqual(status, 0, said)
        for title, path, value in MISTAKES:
            with self.subTest(title):
                document = changed(path, value)
                status, said = check(json.dumps(document))
                self.assertEqual(status, 78, said)
                self.assertNotEqual(self.mistakes(document), [])

    def test_it_refuses_nothing_that_check_takes(self):
        """of the configurations in the tests' folders the schema refuses none that fieldpost check takes"""
        files = [*sorted((CLONE / "Tests").rglob("*.yaml")), *sorted((CLONE / "deploy").rglob("*.yaml"))]
        taken = 0
        for path in files:
            text = path.read_text()
            with self.subTest(str(path.relative_to(CLONE))):
                status, said = check(text)
                if status == 0:
                    taken += 1
                    self.assertEqual(self.mistakes(yaml.load(text, Core)), [])
        self.assertGreater(taken, 10)
