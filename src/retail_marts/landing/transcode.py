"""Rewrite a text file as utf-8."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import IO

from retail_marts.errors import InputError
from retail_marts.landing.text import check_encoding, check_file, decoded_chunks


def transcode(source: Path | str, target: Path | str, *, encoding: str) -> None:
    """Rewrite a text file as utf-8 without byte order mark.

    Parameters
    ----------
    source
        The file to read, plain or gzip.
    target
        The file to write; it is compressed if its name ends in ``.gz``. It is never
        half-written, and an existing file is replaced. May be the source itself.
    encoding
        The source's encoding, any that Python knows.

    Raises
    ------
    InputError
        If the source cannot be read or decoded (the message has the line, offset and
        value of the byte), the encoding is unknown, or the target cannot be written.
    """
    source, target = Path(source), Path(target)
    check_encoding(encoding)
    check_file(source, remedy="Correct the path of the file to read.")
    if not target.parent.is_dir():
        raise InputError(
            f"The folder {target.parent} does not exist.",
            remedy="Create it, or choose a target elsewhere.",
        )
    # In the target's folder, because a rename is atomic only within one file system.
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as stored:
            if target.suffix == ".gz":
                # Without name and time in the header, equal text gives equal bytes.
                with gzip.GzipFile("", "wb", 6, stored, mtime=0) as packed:
                    _write(packed, source, encoding=encoding)
            else:
                _write(stored, source, encoding=encoding)
            stored.flush()
            os.fsync(stored.fileno())
        os.replace(unfinished, target)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written: {error}.",
            remedy="Choose a target in a folder that exists and has room.",
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)


def _write(stream: IO[bytes] | gzip.GzipFile, source: Path, *, encoding: str) -> None:
    for text in decoded_chunks(source, encoding=encoding):
        stream.write(text.encode())
