"""From bytes to JSON or XML, telling a cut-off answer from a wrong one."""

import json
from typing import Any
from xml.etree.ElementTree import Element, ParseError
from xml.parsers.expat import errors as expat

import defusedxml.ElementTree
import msgspec
from defusedxml import DefusedXmlException

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CUT_OFF_XML = {
    expat.codes[expat.XML_ERROR_NO_ELEMENTS],
    expat.codes[expat.XML_ERROR_UNCLOSED_TOKEN],
    expat.codes[expat.XML_ERROR_UNCLOSED_CDATA_SECTION],
    expat.codes[expat.XML_ERROR_PARTIAL_CHAR],
}


class Truncated(Exception):
    """The answer ends in the middle."""


class Malformed(Exception):
    """The answer is whole but not what it should be."""


def decode_json(content: bytes) -> Any:
    """The JSON value. Raises Truncated (also for an empty answer) or Malformed."""
    content = content.removeprefix(_BYTE_ORDER_MARK).strip()
    if not content:
        raise Truncated("it is empty")
    try:
        return msgspec.json.decode(content)
    except RecursionError as error:
        raise Malformed("the JSON is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _decode_json_leniently(content, error)


def _decode_json_leniently(content: bytes, strict: Exception) -> Any:
    # One broken character or number in one record must not lose the other records of the page.
    try:
        return json.loads(content.decode("utf-8", errors="replace"), strict=False)
    except RecursionError as error:
        raise Malformed("the JSON is nested too deeply") from error
    except ValueError as error:
        if "truncated" in str(strict):
            raise Truncated("the JSON has no end") from error
        raise Malformed("the answer is not JSON") from error


def decode_xml(content: bytes) -> Element:
    """The root element; DTDs, entities and anything external are refused. Raises Truncated or Malformed."""
    if not content.strip():
        raise Truncated("it is empty")
    try:
        root: Element = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
    except DefusedXmlException as error:
        raise Malformed("the XML holds a DTD or entities, which are refused") from error
    except ParseError as error:
        if error.code in _CUT_OFF_XML:
            raise Truncated("the XML has no end") from error
        raise Malformed("the answer is not XML") from error
    except (ValueError, LookupError) as error:
        raise Malformed("the XML's encoding is unknown") from error
    return root
