"""Addresses under gov.cn, the only place gongkai asks."""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urljoin, urlsplit

from requests.utils import requote_uri

LONGEST = 8192  # characters; servers and proxies refuse longer addresses


def is_government_host(host: str | None) -> bool:
    """Tell whether a host lies under gov.cn, the only place gongkai asks (hijacked clones live elsewhere)."""
    host = (host or "").lower().rstrip(".")
    return host == "gov.cn" or host.endswith(".gov.cn")


def absolute(base: str, href: str) -> str | None:
    """Return an absolute http(s) address under gov.cn without its fragment, or None for everything else."""
    if len(href) > LONGEST:
        return None
    href = re.sub(r"[\s\u200b\ufeff]+", "", href)
    if not href or href.startswith("#") or href.lower().startswith(("javascript:", "mailto:", "tel:", "data:")):
        return None
    try:
        url = requote_uri(urldefrag(urljoin(base, href.replace("\\", "/"))).url)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not is_government_host(parts.hostname):
            return None
        if parts.username or parts.password or parts.port == 0:
            return None
    except ValueError:
        return None
    return url


def directory(url: str) -> str:
    """Return the address of the directory an address lies in."""
    return urljoin(url, ".")
