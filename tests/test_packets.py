"""A packet from outside is read safely: no file, no host, no more memory than agreed, whatever stands in it."""

import json
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors._packet import DEEPEST, LARGEST_PACKET_BYTES, CutOffError, PacketError, read_packet
from tests.packets import DOCUMENT_ID, SIGNATURE, edoc, status

ROOT = Path(__file__).parent.parent
NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
MEMORY_BYTES = 100 * 1024 * 1024

# Run in a process of its own: whatever is opened or connected to after the imports is written down.
SANDBOX = """
import json, sys
sys.path.insert(0, {root!r})
from connectors._packet import CutOffError, PacketError, read_packet
content = open({file!r}, "rb").read()
touched = []
sys.addaudithook(lambda event, args: touched.append(event) if event in WATCHED else None)
WATCHED = {{"open", "socket.connect", "socket.getaddrinfo", "urllib.Request", "subprocess.Popen", "os.system"}}
try:
    outcome = read_packet(content)
except PacketError as error:
    outcome = error.reason
except CutOffError:
    outcome = "cut off"
WATCHED = set()
# Not ru_maxrss: that of the process before the exec counts in it.
peak = next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([outcome, touched, peak]))
"""


def test_document_keeps_a_few_fields_and_no_person() -> None:
    header = read_packet(edoc("000.00.150.H28", "H28.148"))
    assert header == {
        "OrganId": "000.00.03.H28",
        "To": ["000.00.150.H28", "H28.148"],
        "CodeNumber": "0123",
        "CodeNotation": "CV-STC",
        "PromulgationDate": "2021/12/01",
        "TypeName": "Công văn",
        "DueDate": "2021/12/08",
        "DocumentId": DOCUMENT_ID,
        "Signed": False,
    }


def test_status_message_tells_who_answers_what() -> None:
    assert read_packet(status("06", "H28.150")) == {
        "To": [],
        "OrganId": "000.00.03.H28",
        "DocumentId": DOCUMENT_ID,
        "From": "H28.150",
        "StatusCode": "06",
        "Timestamp": "2021/12/06 10:00:00",
        "Signed": False,
    }


@pytest.mark.parametrize(
    ("signature", "signed"),
    [
        ("", False),
        ("<DigitalSignature/>", False),
        ("<DigitalSignature><Signature/></DigitalSignature>", False),
        (SIGNATURE.format(""), False),
        (SIGNATURE.format("  \n "), False),
        (SIGNATURE.format("YWJj"), True),
        (f"<DigitalSignature>{SIGNATURE.format('YWJj')}</DigitalSignature>", True),
        ("<SignatureValue>YWJj</SignatureValue>", False),
        ('<Signature xmlns="urn:x"><SignatureValue>YWJj</SignatureValue></Signature>', False),
    ],
)
def test_only_a_signature_with_a_value_is_a_signature(signature: str, signed: bool) -> None:
    assert read_packet(edoc("H28.150", signature=signature))["Signed"] is signed


def test_prefixes_are_only_names_of_the_namespace() -> None:
    packet = edoc("H28.150").decode().replace("<", "<e:").replace("<e:/", "</e:").replace("<e:?", "<?")
    prefixed = packet.replace("xmlns=", "xmlns:e=").encode()
    assert read_packet(prefixed) == read_packet(edoc("H28.150"))


def test_attachments_of_some_megabytes_are_read_over() -> None:
    assert read_packet(edoc("H28.150", attachment="A" * 8_000_000))["To"] == ["H28.150"]


BOMB = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
DEEP = 1_000_000


def hostile_packets(port: int, secret: Path) -> dict[str, tuple[Callable[[], bytes], str]]:
    """Packets by name, each with what must become of it; some are large, and made when they are asked for."""
    doctype = "<!DOCTYPE edXML [{}]>" + f'<edXML xmlns="{NAMESPACE}">{{}}</edXML>'
    reference = doctype.format('<!ENTITY x SYSTEM "{}">', "&x;")
    header = f'<edXML xmlns="{NAMESPACE}"><edXMLEnvelope><edXMLHeader><MessageHeader>'
    many = LARGEST_PACKET_BYTES - 1000
    return {
        "billion laughs": (lambda: doctype.format(f'<!ENTITY x0 "ha">{BOMB}', "&x9;").encode(), "hostile_xml"),
        "quadratic blow-up": (
            lambda: doctype.format(f'<!ENTITY x "{"a" * 100_000}">', "&x;" * 100_000).encode(),
            "hostile_xml",
        ),
        "entity of a file": (lambda: reference.format(f"file://{secret}").encode(), "hostile_xml"),
        "entity of a host": (lambda: reference.format(f"http://127.0.0.1:{port}/x").encode(), "hostile_xml"),
        "parameter entity of a host": (
            lambda: doctype.format(f'<!ENTITY % p SYSTEM "http://127.0.0.1:{port}/x.dtd"> %p;', "").encode(),
            "hostile_xml",
        ),
        "DTD of a host": (
            lambda: f'<!DOCTYPE edXML SYSTEM "http://127.0.0.1:{port}/x.dtd"><edXML xmlns="{NAMESPACE}"/>'.encode(),
            "hostile_xml",
        ),
        "inclusion of a file": (
            lambda: (
                f'{header}<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="file://{secret}"/></MessageHeader>'
                "</edXMLHeader></edXMLEnvelope></edXML>".encode()
            ),
            "read",
        ),
        "a million deep": (lambda: b"<a>" * DEEP + b"</a>" * DEEP, "hostile_xml"),
        "a million deep and cut off": (lambda: b"<a>" * DEEP, "hostile_xml"),
        "a million names": (lambda: header.encode() + b"".join(b"<a%d/>" % n for n in range(DEEP)), "hostile_xml"),
        "a million attributes": (
            lambda: header.encode() + b"<a " + b"".join(b'b%d="" ' % n for n in range(DEEP)) + b"/>",
            "hostile_xml",
        ),
        "a million namespaces": (
            lambda: (
                header.encode()
                + b"".join(
                    b"<a " + b"".join(b'xmlns:b%d="u" ' % (n + m) for m in range(1000)) + b"/>"
                    for n in range(0, 500_000, 1000)
                )
            ),
            "hostile_xml",
        ),
        "a tag without an end": (lambda: header.encode() + b"<" + b"a" * many, "hostile_xml"),
        "a comment without an end": (lambda: b"<!--" + b"a" * many, "hostile_xml"),
        "a million addressees": (
            lambda: header.encode() + b"<To><OrganId>H28.150</OrganId></To>" * 200_000,
            "hostile_xml",
        ),
        "one endless text": (lambda: header.encode() + b"<Subject>" + b"a" * many, "cut off"),
        "a known field without an end": (lambda: header.encode() + b"<DocumentId>" + b"a" * many, "cut off"),
        "larger than agreed": (lambda: b" " * (LARGEST_PACKET_BYTES + 1), "hostile_xml"),
    }


NAMES = sorted(hostile_packets(1, Path("/x")))


@pytest.mark.parametrize("name", NAMES)
def test_hostile_packet_costs_little_and_reaches_nothing(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("MARKER")
    reached = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        threading.Thread(target=_accept, args=(listener, reached), daemon=True).start()
        packet, expected = hostile_packets(listener.getsockname()[1], secret)[name]
        file = tmp_path / "packet.xml"
        file.write_bytes(packet())
        done = subprocess.run(
            [sys.executable, "-c", SANDBOX.format(root=str(ROOT), file=str(file))],
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
            # Were it to ask for much more than it may, it would fail instead of slowing the machine.
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (8 * MEMORY_BYTES, 8 * MEMORY_BYTES)),
        )
    outcome, touched, peak = json.loads(done.stdout)
    assert (outcome if isinstance(outcome, str) else "read") == expected
    assert "MARKER" not in done.stdout
    assert touched == []
    assert not reached.is_set()
    assert peak < MEMORY_BYTES, f"{peak // 1024**2} MB"


def _accept(listener: socket.socket, reached: threading.Event) -> None:
    try:
        listener.accept()
    except OSError:
        return
    reached.set()


def test_depth_as_agreed_is_read_and_one_more_is_not() -> None:
    inside = DEEPEST - 4  # edXML, envelope, header, message header
    fits, too_deep = (edoc(signature="<a>" * depth + "</a>" * depth) for depth in (inside + 1, inside + 2))
    assert read_packet(fits)["OrganId"] == "000.00.03.H28"
    with pytest.raises(PacketError, match="nested"):
        read_packet(too_deep)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (edoc().replace(b'encoding="utf-8"', b'encoding="gbk"'), "bad_xml"),
        (edoc().replace(b'encoding="utf-8"', b'encoding="zlib"'), "bad_xml"),
        (edoc().replace(b'encoding="utf-8"', b'encoding="utf-16"'), "bad_xml"),
        (edoc().replace("Hòa".encode(), b"H\xf2a"), "bad_xml"),
        (edoc().replace(b"</Subject>", b"</Content>"), "bad_xml"),
        (b"docId not found", "bad_xml"),
        (edoc().replace(b"QCVN_102_2016", b"QCVN_102_2030"), "no_packet"),
        (b"<html><body>Bad gateway</body></html>", "no_packet"),
    ],
)
def test_what_is_no_packet_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(PacketError) as refused:
        read_packet(content)
    assert refused.value.reason == reason
    assert "MARKER" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"  ", edoc()[:700], edoc("H28.150")[:-3], edoc() + b"<"])
def test_packet_without_an_end_is_cut_off(content: bytes) -> None:
    with pytest.raises(CutOffError):
        read_packet(content)


def test_another_encoding_as_declared_is_read() -> None:
    packet = edoc("H28.150").decode().replace('encoding="utf-8"', 'encoding="utf-16"').encode("utf-16")
    assert read_packet(packet)["TypeName"] == "Công văn"


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_bytes_are_a_header_or_refused(data: st.DataObject) -> None:
    packet = data.draw(st.sampled_from([edoc("H28.150", signature=SIGNATURE.format("YWJj")), status()]))
    begin = data.draw(st.integers(0, len(packet)))
    end = data.draw(st.integers(begin, min(len(packet), begin + 40)))
    broken = packet[:begin] + data.draw(st.binary(max_size=12)) + packet[end:]
    told = outcome(broken)
    if isinstance(told, dict):
        assert set(told) <= set(read_packet(edoc())) | set(read_packet(status())) | {"DueDate"}
    else:
        assert "MARKER" not in told


def outcome(content: bytes) -> dict[str, object] | str:
    try:
        return read_packet(content)
    except (PacketError, CutOffError) as refused:
        return str(refused)
