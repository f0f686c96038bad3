"""An S3 server on loopback for tests (moto), and the variables that point every AWS client at it."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

#: The bucket of the session's server (tests/conftest.py).
BUCKET = "gongkai"


@contextmanager
def s3_server(*buckets: str) -> Iterator[str]:
    """Serve empty buckets on a free port of 127.0.0.1 for the length of a ``with`` block; give the server's address."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {
                "AWS_ENDPOINT_URL": address,
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
                "AWS_DEFAULT_REGION": "us-east-1",
                "NO_PROXY": "127.0.0.1",
                "no_proxy": "127.0.0.1",
            }.items():
                patch.setenv(name, value)
            # What servers of one process hold is shared.
            _ask(f"{address}/moto-api/reset", "POST")
            for bucket in buckets:
                _ask(f"{address}/{bucket}", "PUT")
            yield address
    finally:
        server.stop()


def _ask(url: str, method: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(urllib.request.Request(url, method=method)).close()
