"""A store holds whole files or none, on a disk and on an S3 server, and says in words what is wrong with it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from extract.archiving.store import PART, open_store
from extract.errors import StoreError, UsageError


def test_what_is_put_is_given_back(store, tmp_path):
    assert store.names() == [] and not store.exists("a/b.txt") and store.sha256("a/b.txt") is None
    store.write("a/b.txt", "甲".encode())
    file = tmp_path / "c.bin"
    file.write_bytes(bytes(range(256)) * 9000)
    store.put(file, "a/c.bin")
    store.write("d", b"")
    assert store.names() == ["a/b.txt", "a/c.bin", "d"] and store.names("a") == ["a/b.txt", "a/c.bin"]
    assert store.exists("a/b.txt") and not store.exists("a") and store.read("a/b.txt").decode() == "甲"
    assert store.sha256("a/c.bin") == hashlib.sha256(file.read_bytes()).hexdigest()
    store.get("a/c.bin", tmp_path / "back" / "c.bin")
    assert (tmp_path / "back" / "c.bin").read_bytes() == file.read_bytes()
    store.write("a/b.txt", b"2")
    assert store.read("a/b.txt") == b"2"
    with pytest.raises(FileNotFoundError):
        store.read("nothing")


def test_a_folder_never_holds_half_a_file(tmp_path):
    store = open_store(tmp_path)
    store.write("a", b"1")
    (tmp_path / f"b{PART}").write_bytes(b"half")
    assert store.names() == ["a"] and not list(tmp_path.glob(f"a*{PART}"))
    store.write("b", b"whole")
    assert store.read("b") == b"whole" and not list(tmp_path.glob(f"*{PART}"))


def test_a_store_that_cannot_be_had_is_told_in_words(tmp_path, endpoint, monkeypatch):
    with pytest.raises(UsageError, match="no such file system"):
        open_store("gopher://x/y")
    with pytest.raises(UsageError, match="name a bucket"):
        open_store("s3://")
    with pytest.raises(StoreError, match=r"no-such-bucket/x/a: .*bucket"):
        open_store("s3://no-such-bucket/x").write("a", b"1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    with pytest.raises(StoreError, match=r"s3://gongkai/x/a: .*see to the place and its keys"):
        open_store("s3://gongkai/x").write("a", b"1")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file/a"):
        open_store(Path(tmp_path / "file")).write("a", b"1")
