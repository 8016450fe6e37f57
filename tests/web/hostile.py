"""Texts that attack their reader: they try to run, to load, to hide, or to break out of their place.

If one works, it shows: a script that runs opens a dialog, and anything that loads requests elsewhere.test.
hostile.txt has the texts that fit on a line; this module has those made of parts, and those that no editor
shows.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

from recordroom.text import replace_surrogates

_LINES = (Path(__file__).with_suffix(".txt")).read_text("utf-8").splitlines()
WRITTEN = tuple(line for line in _LINES if line and not line.startswith("== "))

_TAGS = (
    "img src=x",
    "svg",
    "body",
    "video src=x",
    "audio src=x",
    "details open",
    "input autofocus",
    "marquee",
    "iframe",
    "object data=x",
)
_EVENTS = ("onerror", "onload", "onfocus", "ontoggle", "onpointerover", "onanimationstart")
HANDLERS = tuple(f"<{tag} {event}=alert(1)>" for tag, event in product(_TAGS, _EVENTS))

_ENDS = [
    '">',
    "'>",
    "`>",
    '\\">',
    "--!>",
    "]]>",
    "</title>",
    "</textarea>",
    "</script>",
    "</style>",
    "</code></dd></dl>",
    "</div></main>",
]
_ENDS += ["</template>", "</figcaption></figure>", "&quot;&gt;", '" autofocus ', "</option></select>"]
_RUNNING = ("<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "onfocus=alert(1) x=")
BREAKING_OUT = tuple(f"{end}{running}" for end, running in product(_ENDS, _RUNNING))

CUT = (  # by characters that a parser leaves out
    "<script\n>alert(1)</script\n>",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    " javascript:alert(1)",
    "\x01javascript:alert(1)",
    "\t=1+1",
    "\r=1+1",
    "\uff1d1+1",
    "\xbcscript\xbealert(1)\xbc/script\xbe",
    "x\r\nSet-Cookie: a=b\r\n\r\n<script>alert(1)</script>",
)
BOTH_DIRECTIONS = (
    "\u202egnp.exe",
    "\u202dto the right",
    "\u202bto the left",
    "\u202aright",
    "\u2066apart",
    "\u2067apart, to the left",
    "\u2068apart, as its first",
    "\u2069an end of nothing",
    "\u202c\u202c\u202cthree",
    "seen \u202eneddih",
    "\u2067<script>alert(1)</script>\u2069",
    "\u202e>tpircs/<)1(trela>tpircs<",
    "\u200f\u200e\u061cmarks",
    "\u05e9\u05dc\u05d5\u05dd (1) <b>",
    "\u0645\u0631\u062d\u0628\u0627 1. <i>",
    "/* \u202e } \u2066if (admin)\u2069 \u2066 */",
    "\u202e" * 200,
    "\u2067" * 200,
)
CHARACTERS = (
    "\ufeffmark of order",
    "zero\u200bwidth\u200cjoined\u200dnot\u2060",
    "soft\u00adhyphen",
    "Z\u0335\u0321\u034e" * 60,
    "a" + "\u0301" * 500,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U000e0041\U000e0042 tags",
    "\u2028line\u2029paragraph",
    "\u0085next line",
    "\x1b[2J\x1b]0;x\a",
    "\b\b\b\bback",
    "bell\a",
    "\x7f\x80\x9f",
    "\ufffe\uffff",
    "\U0010ffff",
    "\ue000marked\ue001",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "\u02bcquote\u2032",
    "\u0130I\u0131i",
    "\ufdfd" * 40,
    "\u3164",
    "\u2800",
    "a\0b",
    "one\r\ntwo\rthree\nfour\n\n\n\nfive",
    "  spaces   kept  ",
    "\u00a0\u00a0\u2003wide",
    "\u212a\u017f<\u017fcript>alert(1)</\u017fcript>",
)
BROKEN = tuple(  # what a platform's JSON can hold and no UTF-8 can, as every parser repairs it
    replace_surrogates(text)
    for text in (
        "\ud800<script>alert(1)</script>",
        "<scr\udc00ipt>alert(1)</script>",
        "\udfff",
        "high \ud83d alone",
        "low \ude00 alone",
        "\ude00\ud83d",
        "<img src=x onerror=alert(1)\ud800>",
        "\ud800" * 100,
        "\ud83d<b>\ude00",
        '"\ud800 onfocus=alert(1) autofocus x="',
    )
)
LONG = (
    "N" * 6000,
    "A name as long as a page " * 200,
    "<b>" * 1500,
    "<div>" * 1500 + "x",
    "<a href=javascript:alert(1)>" * 100,
    "&" * 3000,
    "\u4e00" * 3000,
    "\U0001f600" * 1000,
    "<script>alert(1)</script>" * 100,
    "-" * 3000,
    "http://elsewhere.test/" + "a" * 3000,
    "line\n" * 400,
    "\"'<>&" * 500,
    "(" * 2000,
    "\u0e01\u0e33" * 1500,
)
PAYLOADS = tuple(
    dict.fromkeys(WRITTEN + HANDLERS + BREAKING_OUT + CUT + BOTH_DIRECTIONS + CHARACTERS + BROKEN + LONG)
)

# so many of these are shown by no browser as a picture, a film or a sound; what begins like one is sent as
# that alone
HARMLESS = 10
FILES = (
    b"<html><script>alert(1)</script></html>",
    b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>",
    b"<?xml version='1.0'?><x xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></x>",
    b"%PDF-1.7 /OpenAction << /S /JavaScript >>",
    b"alert(1)//",
    b"\xff\xfe<\0s\0c\0r\0i\0p\0t\0>\0",
    b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    b"MZ\x90\0",
    b"PK\x03\x04",
    b"",
    b"GIF89a/*<script>alert(1)</script>*/=1;alert(1)//",
    b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
    b"\xff\xd8\xff<svg onload=alert(1)>",
    b"ID3<script>alert(1)</script>",
    b"OggS<html><script>alert(1)</script>",
    b"RIFF\0\0\0\0WEBP<script>alert(1)</script>",
)
