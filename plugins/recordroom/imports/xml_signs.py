"""Control characters, which XML forbids: programs write them all the same where somebody pasted them, and a parser ends at the first."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

_FORBIDDEN = bytes(sign for sign in range(0x20) if sign not in b"\t\n\r")
_BLANK = bytes.maketrans(_FORBIDDEN, b" " * len(_FORBIDDEN))
_ANY = re.compile(b"[" + re.escape(_FORBIDDEN) + b"]")
_AWAY = 0x10FF00  # of a range that is nobody's: where each stands in for one
_BACK = {_AWAY + sign: chr(sign) for sign in _FORBIDDEN}


def blanked(data: bytes) -> bytes:
    """As many bytes, without them."""
    return data.translate(_BLANK)


def read(data: bytes, encoding: str) -> ET.Element:
    """A document that was cut by us, without a document type; its texts have them as they were written."""
    away = _ANY.sub(lambda found: chr(_AWAY + found[0][0]).encode(encoding), data)
    root = ET.fromstring(away, ET.XMLParser(encoding=encoding))  # noqa: S314 (it has no document type)
    for element in root.iter() if len(away) != len(data) else ():
        element.text, element.tail = (text and text.translate(_BACK) for text in (element.text, element.tail))
    return root
