"""From bytes to JSON or XML, telling a cut-off answer from a wrong one."""

import json
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.parsers.expat import errors as expat

import defusedxml.ElementTree
import msgspec
from defusedxml import DefusedXmlException

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# What expat says of a text that ends too early.
CUT_OFF_XML = {
    expat.codes[expat.XML_ERROR_NO_ELEMENTS],
    expat.codes[expat.XML_ERROR_UNCLOSED_TOKEN],
    expat.codes[expat.XML_ERROR_UNCLOSED_CDATA_SECTION],
    expat.codes[expat.XML_ERROR_PARTIAL_CHAR],
}


class TruncatedError(Exception):
    """The answer ends in the middle."""


class MalformedError(Exception):
    """The answer is whole but not what it should be."""


def decode_json(content: bytes) -> Any:
    """The JSON value. Raises TruncatedError (also for an empty answer) or MalformedError."""
    content = content.removeprefix(_BYTE_ORDER_MARK).strip()
    if not content:
        raise TruncatedError("it is empty")
    try:
        return msgspec.json.decode(content)
    except RecursionError as error:
        raise MalformedError("the JSON is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _decode_json_leniently(content, error)


def _decode_json_leniently(content: bytes, strict: Exception) -> Any:
    # One broken character or number in one record must not lose the other records of the page.
    try:
        return json.loads(content.decode("utf-8", errors="replace"), strict=False)
    except RecursionError as error:
        raise MalformedError("the JSON is nested too deeply") from error
    except ValueError as error:
        if "truncated" in str(strict):
            raise TruncatedError("the JSON has no end") from error
        raise MalformedError("the answer is not JSON") from error


def decode_xml(content: bytes) -> Element:
    """The root element; DTDs, entities and anything external are refused. Raises TruncatedError or MalformedError."""
    if not content.strip():
        raise TruncatedError("it is empty")
    try:
        root: Element = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise MalformedError("the XML holds a DTD or entities, which are refused") from error
    except ParseError as error:
        if error.code in CUT_OFF_XML:
            raise TruncatedError("the XML has no end") from error
        raise MalformedError("the answer is not XML") from error
    except (ValueError, LookupError) as error:
        raise MalformedError("the XML's encoding is unknown") from error
    return root
