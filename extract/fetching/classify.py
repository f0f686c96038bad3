"""What an answer is, told from its content: a status code is no evidence (portals.md 2.5).

Government portals answer 200 with an error page, with a script that sets a cookie (a challenge), or with the home
page. A challenge is recorded as ``gated`` and never solved.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from urllib.parse import urlsplit

from extract.documents.shared.encoding import decode
from extract.documents.shared.sniff import MEDIA_TYPES, sniff

# 瑞数 answers 412 (or 202), 加速乐 521, others 418 and 468.
CHALLENGE_STATUS = frozenset({412, 418, 468, 521})
CHALLENGE = re.compile(r"document\.cookie|\$_ts\b|__jsl_clearance|acw_sc__v2|_\$[a-z]{2}\(|challenge-platform", re.I)
TINY = 2048  # challenge pages seen: 988 bytes, 1.1 kB; a report or a list is never so small
SOFT_404 = re.compile(
    r"\b404\b|not\s*found|页面(不存在|没有找到|未找到|找不到|已删除|已被删除|丢失)|(找不到|无法找到|没有找到).{0,8}(页面|网页|文件)"
    r"|(您|你)(访问|查看|要查看|请求)的.{0,8}(不存在|已删除|已被删除|已下线|出错)|信息不存在|文章不存在|内容不存在",
    re.I,
)
MOVED = re.compile(
    r"(网站|栏目|页面|平台)已?(迁移|搬迁|改版|调整|迁至|迁移至|移至)|新(网址|域名|地址|网站)(为|是|：|:)|自动跳转"
)
EMPTY_LIST = re.compile(
    r"暂无(相关)?(信息|数据|内容|记录)|没有(找到|查询到|符合).{0,6}(记录|信息|数据)|该栏目(下)?(暂无|没有)"
)
REFRESH = re.compile(
    r"<meta[^<>]+http-equiv\s*=\s*['\"]?refresh|(?:window|document|self|top)?\.?location(?:\.href)?\s*=", re.I
)
TITLE, TITLE_END = re.compile(r"<title\b", re.I), re.compile(r"</title>", re.I)
LONGEST_TITLE = 1000
OPENED = re.compile(r"<(script|style)\b", re.I)
CLOSED = {name: re.compile(rf"</{name}\s*>", re.I) for name in ("script", "style")}
END = re.compile(rb"</(html|body)\b", re.I)  # a server that declares too few bytes cuts its page without a trace
NOTICE = 32_768  # bytes: the largest error page seen, with its template around it, has 20 kB
LOOKED_AT = (
    1024 * 1024
)  # bytes of a page that are looked at, from its beginning: notices are small, whatever surrounds them
MOST_ENCODINGS = 3


def classify(
    kind: str, url: str, status: int, data: bytes, redirected_from: str | None = None, what: str | None = None
) -> tuple[str, str | None]:
    """Return the outcome of a complete answer (see Record.outcome) and, unless it is plainly ok, the reason.

    ``kind`` is the Record's; ``what`` is the kind of file its bytes tell, if that is known already.
    """
    if status in CHALLENGE_STATUS:
        return "gated", f"challenge, HTTP {status}"
    if status in (401, 403, 407, 451):
        return "geo_blocked", f"refused, HTTP {status}"
    if status in (404, 410):
        return "not_found", f"HTTP {status}"
    if not 200 <= status < 300:
        return "error", f"HTTP {status}"
    if status == 202 and CHALLENGE.search(decode(data[:65536])[0]):
        return "gated", "challenge, HTTP 202"
    if not data.strip():
        return "error", "empty answer"
    if kind == "robots":
        return "ok", None
    what = what or sniff(data)
    if what == "html":
        return _classify_page(kind, url, data, redirected_from)
    if what == "pdf" and b"%%EOF" not in data[-16384:]:
        return "ok", "the PDF has no end mark"
    return "ok", None


def media_type(data: bytes) -> str:
    """Return the media type told by the bytes."""
    return MEDIA_TYPES[sniff(data)]


def decode_body(body: bytes, headers: Mapping[str, str], limit: int) -> bytes:
    """Return a body freed of its content encodings (gzip, deflate), at most ``limit`` bytes.

    Raises:
        ValueError: the encoding is unknown, broken, cut off, or unpacks to more than the limit.
    """
    encodings = [name.strip().lower() for name in headers.get("Content-Encoding", "").split(",")]
    encodings = [name for name in encodings if name not in ("", "identity")]
    if len(encodings) > MOST_ENCODINGS:
        raise ValueError(f"{len(encodings)} content encodings, one in the other")
    for name in reversed(encodings):
        if name in ("gzip", "x-gzip"):
            body = _inflate(body, zlib.MAX_WBITS | 16, limit)
        elif name == "deflate":
            # "deflate" means zlib by the standard and raw deflate by habit.
            try:
                body = _inflate(body, zlib.MAX_WBITS, limit)
            except ValueError:
                body = _inflate(body, -zlib.MAX_WBITS, limit)
        else:
            raise ValueError(f"content encoding {name[:50]} was not asked for")
    return body


def _inflate(body: bytes, bits: int, limit: int) -> bytes:
    # Some servers name gzip over a plain body.
    if bits == zlib.MAX_WBITS | 16 and not body.startswith(b"\x1f\x8b"):
        if body[:1] in (b"<", b"%", b"P", b"{", b"[", b"\xef"):
            return body
        raise ValueError("named gzip, but is not")
    inflater = zlib.decompressobj(bits)
    try:
        data = inflater.decompress(body, limit + 1)
    except zlib.error as error:
        raise ValueError(f"broken compression ({error})") from error
    if len(data) > limit:
        raise ValueError(f"unpacks to more than {limit} bytes")
    if not inflater.eof:
        raise ValueError("the compressed body is cut off")
    return data


def _classify_page(kind: str, url: str, data: bytes, redirected_from: str | None) -> tuple[str, str | None]:
    text = decode(data[:LOOKED_AT])[0]
    if len(data) < TINY and CHALLENGE.search(text):
        return "gated", "challenge, a tiny page with a cookie script"
    if redirected_from and _is_home(url) and not _is_home(redirected_from):
        return "soft_404", "redirected to the home page"
    titled = SOFT_404.search(title_of(text)) is not None
    # Error pages and notices are small; taking the tags off every report would cost more than fetching it.
    notice = len(data) < NOTICE or (titled and len(data) <= LOOKED_AT)
    visible = " ".join(without_tags(text).split()) if notice else text
    if (titled and len(visible) < 5000) or (len(visible) < 600 and SOFT_404.search(visible)):
        return "soft_404", "an error page with a status of success"
    if len(visible) < 600 and MOVED.search(visible):
        return "moved", f"moved notice: {visible[:120]}"
    if len(data) < TINY and REFRESH.search(text):
        return "moved", "a page that only leads elsewhere"
    if kind == "list" and EMPTY_LIST.search(visible) and not _lists_anything(text):
        return "empty_list", "the list says it is empty"
    if kind == "attachment" and not urlsplit(url).path.lower().endswith((".html", ".htm", ".shtml", "/")):
        return "ok", "a page where a file was named"
    if kind == "report" and not END.search(data[-8192:].replace(b"\0", b"")):
        return "ok", "the page has no end tag"
    return "ok", None


def without_tags(text: str) -> str:
    """Return a page's text with a space for each tag, comment, script and style sheet, in linear time.

    A comment or a script that is never closed is what a tag is: it ends at the next ``>``. What is missing once is not looked for
    again: 20,000 openings without an end would each go through the whole page.
    """
    parts: list[str] = []
    missing: set[str] = set()
    at = 0
    while (start := text.find("<", at)) >= 0:
        parts.append(text[at:start])
        end = _end_of(text, start, missing)
        if end < 0:
            at = start
            break
        parts.append(" ")
        at = end
    parts.append(text[at:])
    return "".join(parts)


def _end_of(text: str, start: int, missing: set[str]) -> int:
    """Return where the tag (comment, script, style sheet) that begins at a place ends; -1 where it never does."""
    if text.startswith("<!--", start) and "-->" not in missing:
        if (end := text.find("-->", start + 4)) >= 0:
            return end + 3
        missing.add("-->")
    if (opened := OPENED.match(text, start)) and (name := opened[1].lower()) not in missing:
        if closed := CLOSED[name].search(text, opened.end()):
            return closed.end()
        missing.add(name)
    return text.find(">", start) + 1 or -1


def title_of(text: str) -> str:
    """Return what stands in the first title; empty where there is none, or it has no end."""
    start = TITLE.search(text)
    begin = text.find(">", start.end()) if start else -1
    end = TITLE_END.search(text, begin) if begin >= 0 else None
    return text[begin + 1 : end.start()][:LONGEST_TITLE] if end else ""


def _lists_anything(text: str) -> bool:
    entry = re.search(r"<li\b|<record>", text, re.I)
    return entry is not None and (
        entry[0].lower() == "<record>" or re.search("href|<record>", text[entry.end() :], re.I) is not None
    )


def _is_home(url: str) -> bool:
    return urlsplit(url).path in ("", "/") or bool(re.fullmatch(r"/(index|default)\.\w+", urlsplit(url).path))
