"""The characters of a page's bytes: by its byte order mark, its header, its ``<meta>``, else as they look.

In the order of the Encoding and HTML standards (WHATWG), whose labels these are; others mean UTF-8.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_LABELS = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8",
    "cp1252": "windows-1252 cp1252 iso-8859-1 iso8859-1 iso_8859-1 latin1 l1 ascii us-ascii",
    "cp1250": "windows-1250 cp1250",
    "cp1251": "windows-1251 cp1251",
    "cp1253": "windows-1253 cp1253",
    "cp1254": "windows-1254 cp1254 iso-8859-9 latin5",
    "cp1255": "windows-1255 cp1255",
    "cp1256": "windows-1256 cp1256",
    "cp1257": "windows-1257 cp1257",
    "iso8859-2": "iso-8859-2 latin2",
    "iso8859-5": "iso-8859-5",
    "iso8859-7": "iso-8859-7 greek",
    "iso8859-15": "iso-8859-15 latin9 latin-9",
    "koi8-r": "koi8-r koi8",
    "koi8-u": "koi8-u",
    "cp932": "shift_jis shift-jis sjis x-sjis windows-31j",
    "euc_jp": "euc-jp x-euc-jp",
    "iso2022_jp": "iso-2022-jp",
    "cp949": "euc-kr ks_c_5601-1987 korean windows-949",
    "gb18030": "gb18030 gbk gb2312 x-gbk",
    "big5hkscs": "big5 big5-hkscs",
    "utf-16-le": "utf-16 utf-16le unicode",
    "utf-16-be": "utf-16be",
}
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_BEGINS = tuple(mark for mark, _ in _MARKS)
_LEAST_BEGIN = min(mark[0] for mark in _BEGINS)
"""No ASCII, so that looking at one byte is enough for nearly all pages."""
_OF_HEADER = re.compile(r"charset\s*=\s*[\"']?([^\s\"';]+)", re.IGNORECASE)
_OF_XML = re.compile(rb"<\?xml\s[^>]{0,200}?\sencoding\s*=\s*[\"']([A-Za-z0-9_:.-]+)")
_METAS = re.compile(
    rb"<!--(?:-?>|.*?--!?>)|<meta(?=[\s/])((?:[^>=]++|=\s*+(?:\"[^\"]*\"|'[^']*')|=)*+)>",
    re.IGNORECASE | re.DOTALL,
)
"""Comments, so that what is in them is not found, and the attributes of a ``<meta>``."""
_ATTRIBUTE = re.compile(rb"([^\s=/>\"']+)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+))")
_IN_CONTENT = re.compile(rb"charset\s*=\s*[\"']?\s*([^\s\"';]+)", re.IGNORECASE)
_SEARCHED = 4096
"""Bytes that are looked through for a ``<meta>``; the standard asks for 1,024, and pages have it later."""
_NOT_LIKE_ASCII = {"utf-16-le", "utf-16-be", "iso2022_jp"}


@lru_cache(maxsize=64)
def _said_by_header(content_type: str) -> str:
    said = _OF_HEADER.search(content_type)
    return "" if said is None else _CODECS.get(said[1].lower(), "")


def ascii_like(body: bytes, content_type: str) -> tuple[bytes, str]:
    """A page whose markup is readable as ASCII, and the codec of its texts; ``""`` where nothing says it."""
    if body and body[0] >= _LEAST_BEGIN and body.startswith(_BEGINS):
        for mark, codec in _MARKS:
            if body.startswith(mark):
                return _readable(body[len(mark) :], codec)
    if codec := _said_by_header(content_type):
        return (body, codec) if codec not in _NOT_LIKE_ASCII else _readable(body, codec)
    codec = _said_by_page(body)
    # what can be read as ASCII up to here is no UTF-16, whatever it says
    return _readable(body, "utf-8" if codec.startswith("utf-16") else codec)


def _said_by_page(body: bytes) -> str:
    """The codec by the page's XML declaration, else by the first ``<meta>`` that says a known one."""
    begin = body[:_SEARCHED]
    declared = _OF_XML.match(begin)
    labels = [] if declared is None else [declared[1]]
    for meta in _METAS.finditer(begin):
        said = {
            found[1].lower(): found[2] or found[3] or found[4] or b""
            for found in _ATTRIBUTE.finditer(meta[1] or b"")
        }
        if b"charset" in said:
            labels.append(said[b"charset"])
        elif said.get(b"http-equiv", b"").lower() == b"content-type":
            labels.extend(_IN_CONTENT.findall(said.get(b"content", b"")))
    names = (label.decode("ascii", "replace").strip().lower() for label in labels)
    return next((codec for name in names if (codec := _CODECS.get(name))), "")


def decoded(text: bytes, codec: str) -> str:
    """Text of a page; what is not of its codec becomes U+FFFD."""
    if codec:
        return text.decode(codec, "replace")
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("cp1252", "replace")


def _readable(body: bytes, codec: str) -> tuple[bytes, str]:
    if codec in _NOT_LIKE_ASCII:
        return body.decode(codec, "replace").encode(), "utf-8"
    return body, codec
