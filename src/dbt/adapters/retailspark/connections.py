"""One Spark session per dbt process, in which all threads run their statements."""

from __future__ import annotations

import importlib
import re
import threading
from dataclasses import dataclass
from typing import Any, ClassVar

from dbt.adapters.contracts.connection import Connection, ConnectionState
from dbt.adapters.exceptions import FailedToConnectError
from dbt.adapters.spark.connections import SparkConnectionManager, SparkCredentials
from dbt.adapters.spark.session import Cursor, SessionConnectionWrapper
from dbt_common.exceptions import DbtRuntimeError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

#: What dbt-spark 1.11 sets otherwise or leaves to Spark. Overflow and casts that fail
#: are errors, and "a b" is a name, as in the standard. No row depends on the time zone
#: of a machine, and other engines know the type of a time in a file.
STRICT = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}

#: A comment, a name or a text: what begins in one of them ends nothing else.
_PART = re.compile(r"""--[^\n]*|/\*.*?\*/|"[^"]*"|`[^`]*`|'[^']*'""", re.DOTALL)


def with_backslashes(sql: str) -> str:
    """SQL whose texts are of the standard, for Spark, where a backslash escapes.

    Its setting ``escapedStringLiterals`` does the same, but then a quote cannot be
    written in a text at all.
    """
    return _PART.sub(
        lambda part: part[0].replace("\\", "\\\\") if part[0][0] == "'" else part[0],
        sql,
    )


@dataclass
class RetailSparkCredentials(SparkCredentials):
    """A Spark session: local, of a cluster, or of a Spark Connect server."""

    #: Such as local[*], spark://host:7077, yarn or k8s://...
    master: str = "local[*]"
    #: Address of a Spark Connect server, such as sc://host; the master is then its own.
    remote: str = ""
    #: A Python module that prepares the session: see RetailSparkConnectionManager.
    plugin: str = ""

    @classmethod
    def __pre_deserialize__(cls, data: Any) -> Any:
        return super().__pre_deserialize__({"method": "session", "host": "", **data})

    def __post_init__(self) -> None:
        super().__post_init__()
        self.server_side_parameters |= STRICT

    @property
    def type(self) -> str:
        return "retailspark"

    def _connection_keys(self) -> tuple[str, ...]:
        return ("master", "remote", "schema", "plugin")


class SessionCursor(Cursor):
    """Runs statements in the one session, instead of configuring it each time."""

    def __init__(self, session: SparkSession) -> None:
        super().__init__()
        self._session = session

    def execute(self, sql: str, *parameters: Any) -> None:
        try:
            text = sql % parameters if parameters else sql
            self._df = self._session.sql(with_backslashes(text))
        except PySparkException as error:
            raise DbtRuntimeError(str(error)) from None


class SessionConnection:
    def __init__(self, session: SparkSession) -> None:
        self._session = session

    def cursor(self) -> SessionCursor:
        return SessionCursor(self._session)


class RetailSparkConnectionManager(SparkConnectionManager):
    """Opens the session at the first connection and stops it with the last.

    A plugin is a module. All of its functions are optional, except those that macros
    call by ``adapter.plugin``:

    - ``before_session(credentials)`` before the session starts;
    - ``after_session(session, credentials)`` before its first statement;
    - ``end_session(credentials)`` before it stops.
    """

    TYPE = "retailspark"
    _lock: ClassVar[threading.Lock] = threading.Lock()
    _session: ClassVar[SparkSession | None] = None
    _is_own: ClassVar[bool] = False

    @classmethod
    def open(cls, connection: Connection) -> Connection:
        if connection.state != ConnectionState.OPEN:
            try:
                session = cls.session(connection.credentials)
            except Exception as error:
                raise FailedToConnectError(str(error)) from error
            connection.handle = SessionConnectionWrapper(SessionConnection(session))
            connection.state = ConnectionState.OPEN
        return connection

    @classmethod
    def session(cls, credentials: RetailSparkCredentials) -> SparkSession:
        with cls._lock:
            if cls._session is None:
                prepare(credentials, "before_session", credentials)
                # A session that somebody else started, such as a test, is not stopped.
                cls._is_own = SparkSession._instantiatedSession is None
                session = _started(credentials)
                prepare(credentials, "after_session", session, credentials)
                cls._session = session
            return cls._session

    def cleanup_all(self) -> None:
        super().cleanup_all()
        manager = RetailSparkConnectionManager
        with manager._lock:
            if manager._session is not None:
                credentials = self.profile.credentials
                prepare(credentials, "end_session", credentials)
                if manager._is_own:
                    manager._session.stop()
                manager._session = None


def prepare(credentials: RetailSparkCredentials, name: str, *given: Any) -> None:
    """Call a function of the plugin, if there is a plugin and it has the function."""
    if credentials.plugin:
        function = getattr(importlib.import_module(credentials.plugin), name, None)
        if function is not None:
            function(*given)


def _started(credentials: RetailSparkCredentials) -> SparkSession:
    builder = SparkSession.builder.appName("dbt")
    if credentials.remote:
        builder = builder.remote(credentials.remote)
    else:
        builder = builder.master(credentials.master)
    for name, value in credentials.server_side_parameters.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
