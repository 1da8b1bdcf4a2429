"""Where the contents of files lie: a folder of this machine, or an S3-compatible store."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

YOUNG = 3600.0  # seconds during which a file may wait for the first message of its conversation


class Shelf(Protocol):
    """Where contents lie. Blocking: called in a thread. What goes wrong is an OSError."""

    def put(self, conversation: str, name: str, content: bytes) -> None: ...

    def open(self, conversation: str, name: str) -> BinaryIO:
        """To be read and closed. Raises FileNotFoundError."""

    def clear(self, conversation: str) -> None:
        """All files of a conversation."""

    def conversations(self) -> list[str]:
        """Those that have had files here for more than an hour."""


class Folder:
    """Files under a folder of this machine, readable by the desk's user alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, conversation: str, name: str, content: bytes) -> None:
        place = self.folder / conversation
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, fresh = tempfile.mkstemp(dir=place)  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(fresh, place / name)
        except OSError:
            os.unlink(fresh)
            raise

    def open(self, conversation: str, name: str) -> BinaryIO:
        return (self.folder / conversation / name).open("rb")

    def conversations(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        before = time.time() - YOUNG
        return [place.name for place in self.folder.iterdir() if place.stat().st_mtime < before]

    def clear(self, conversation: str) -> None:
        shutil.rmtree(self.folder / conversation, ignore_errors=True)


class Bucket:
    """Files in an S3-compatible store; credentials where boto3 looks for them."""

    def __init__(self, bucket: str, endpoint: str | None) -> None:
        # Half a second that only those who use it pay
        import boto3  # type: ignore[import-untyped]
        from botocore.config import Config  # type: ignore[import-untyped]

        self.bucket = bucket
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            config=Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 3}),
        )

    def put(self, conversation: str, name: str, content: bytes) -> None:
        with _reaching_it():
            self.client.put_object(Bucket=self.bucket, Key=f"{conversation}/{name}", Body=content)

    def open(self, conversation: str, name: str) -> BinaryIO:
        try:
            with _reaching_it():
                found = self.client.get_object(Bucket=self.bucket, Key=f"{conversation}/{name}")
                return io.BytesIO(found["Body"].read())
        except self.client.exceptions.NoSuchKey:
            raise FileNotFoundError(name) from None

    def conversations(self) -> list[str]:
        before = time.time() - YOUNG
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return list(
            {
                one["Key"].partition("/")[0]: None
                for page in pages
                for one in page.get("Contents", [])
                if one["LastModified"].timestamp() < before
            }
        )

    def clear(self, conversation: str) -> None:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{conversation}/"
        )
        for page in pages:
            names = [{"Key": one["Key"]} for one in page.get("Contents", [])]
            if names:
                self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": names})


@contextmanager
def _reaching_it() -> Iterator[None]:
    """What goes wrong on the way to the store, as what goes wrong with a disk."""
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

    try:
        yield
    except BotoCoreError as error:
        raise OSError(str(error)) from error
