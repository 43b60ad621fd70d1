"""The adapter: Python models run in dbt's process, in the session that SQL uses."""

from __future__ import annotations

import importlib
import linecache
import traceback
from typing import Any

from dbt.adapters.base import PythonJobHelper
from dbt.adapters.base.meta import available
from dbt.adapters.spark.impl import SparkAdapter
from dbt_common.exceptions import DbtRuntimeError

from dbt.adapters.retailspark.connections import RetailSparkConnectionManager


class SessionPythonJobHelper(PythonJobHelper):
    """Runs a compiled Python model in this process."""

    def __init__(self, parsed_model: dict[str, Any], credentials: Any) -> None:
        self._name = f"{parsed_model['schema']}.{parsed_model['alias']}"
        self._credentials = credentials

    def submit(self, compiled_code: str) -> None:
        file = f"<{self._name}>"
        # So that a traceback shows the lines of the model.
        lines = compiled_code.splitlines(keepends=True)
        linecache.cache[file] = (len(compiled_code), None, lines, file)
        session = RetailSparkConnectionManager.session(self._credentials)
        names = {"__name__": "__dbt_model__", "spark": session}
        try:
            exec(compile(compiled_code, file, "exec"), names)
        except Exception as error:
            # From the model's own first line on: what is above it is dbt and this file.
            frames = traceback.extract_tb(error.__traceback__)
            own = [frame.filename for frame in frames].index(file) if frames[1:] else 0
            shown = "".join(traceback.format_list(frames[own:]))
            raise DbtRuntimeError(
                f"Python model {self._name}: {type(error).__name__}: {error}\n{shown}"
            ) from error
        finally:
            del linecache.cache[file]


class RetailSparkAdapter(SparkAdapter):
    """Spark in one session."""

    ConnectionManager = RetailSparkConnectionManager

    def quote(self, identifier: str) -> str:
        """As in the standard and in other engines, so that models can be shared."""
        return '"' + identifier.replace('"', '""') + '"'

    @available
    def plugin(self, name: str, *given: Any, **named: Any) -> Any:
        """Call a function of the profile's plugin from a macro, with the session."""
        credentials = self.config.credentials
        session = RetailSparkConnectionManager.session(credentials)
        function = getattr(importlib.import_module(credentials.plugin), name)
        return function(session, *given, **named)

    @property
    def default_python_submission_method(self) -> str:
        return "session"

    @property
    def python_submission_helpers(self) -> dict[str, type[PythonJobHelper]]:
        return {"session": SessionPythonJobHelper}
