"""Prefect's server: a run's own answers to nobody else, and one that is there already is used with its auth string."""

from __future__ import annotations

import os

import httpx
import pytest

from extract.errors import UsageError
from flows.engine import prefect_api, prefect_server


@pytest.mark.prefect
def test_server_answers_only_to_its_auth_string(tmp_path, monkeypatch):
    with prefect_server(tmp_path / "prefect") as url:
        auth = os.environ["PREFECT_API_AUTH_STRING"]
        assert httpx.post(f"{url}/flows/count", json={}).status_code == 401
        assert httpx.post(f"{url}/flows/count", json={}, auth=tuple(auth.split(":"))).status_code == 200
        # A second run that is told of this server uses it, and no other is started.
        with prefect_api(tmp_path / "other") as same:
            assert same == url == os.environ["PREFECT_API_URL"]
            from prefect.client.orchestration import get_client

            with get_client(sync_client=True) as client:
                assert client.read_flows() == []
        assert not (tmp_path / "other" / "server.log").exists()
        monkeypatch.setenv("PREFECT_API_AUTH_STRING", "gongkai:wrong")
        with pytest.raises(UsageError, match="set PREFECT_API_AUTH_STRING"), prefect_api(tmp_path / "other"):
            pass
        monkeypatch.setenv("PREFECT_API_URL", url.removesuffix("/api"))
        with pytest.raises(UsageError, match="no Prefect server's API"), prefect_api(tmp_path / "other"):
            pass
        monkeypatch.undo()
    assert "PREFECT_API_AUTH_STRING" not in os.environ


def test_server_that_does_not_answer_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    with pytest.raises(UsageError, match=r"http://127\.0\.0\.1:9/api: no Prefect server answers"), prefect_api(tmp_path):
        pass
