"""What readers see now, and what failed in the last builds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from retail_marts.errors import InputError
from retail_marts.publish import versions
from retail_marts.publish.proof import Runs, has_failed
from retail_marts.publish.publisher import DATABASE
from retail_marts.publish.warehouse import opened, read_runs


@dataclass(frozen=True)
class Status:
    """A published set and the last outcomes of the builds behind it."""

    folder: Path
    manifest: dict[str, Any] | None
    age: timedelta | None
    in_use: str | None
    is_unfinished: bool
    failed: Sequence[str]
    forecasts: Sequence[tuple[str, int, int]]

    def lines(self) -> Iterator[str]:
        """The status as text for a terminal."""
        if self.manifest is None or self.age is None:
            yield (
                f"Nothing is published in {self.folder} yet: run `retail-marts build`."
            )
        else:
            yield (
                f"Published: {self.manifest['version']} in {self.folder / 'current'} "
                f"({_spoken(self.age)} old)"
            )
            for business in self.manifest["businesses"]:
                day = business["as_of_date"]
                as_of = f"as of {day}" if day else "without dates"
                yield f"  {business['business_id']}: {as_of}"
            files = self.manifest["source_files"]
            rejected = sum(file["rejected_row_count"] for file in files)
            yield f"  from {len(files)} files, {rejected} rows rejected"
            yield f"  {len(self.manifest['row_counts'])} marts, " + (
                "personal columns included"
                if self.manifest["has_personal_columns"]
                else "without personal columns"
            )
            for name, better, series in self.forecasts:
                yield (
                    f"  forecasts of {name}: the best model beats its baseline in "
                    f"{better} of {series} series"
                )
        if self.in_use:
            yield f"The result of the last build cannot be read now: {self.in_use}"
            return
        if self.is_unfinished:
            yield (
                "The last build ended before it was complete: run `retail-marts build` "
                "again."
            )
        if self.failed:
            yield "Failed in the last build:"
            yield from (f"  {line}" for line in self.failed)
        else:
            yield "No model or test failed in the last build."


def read_status(*, warehouse: Path, folder: Path) -> Status:
    """Read what is published, and how the last builds ended.

    Parameters
    ----------
    warehouse
        The private DuckDB file.
    folder
        The published folder; it need not exist.

    Raises
    ------
    InputError
        When nothing is published and the warehouse is missing or in use.
    """
    version = versions.current_version(folder)
    manifest = None if version is None else versions.read_published_manifest(version)
    age = (
        None
        if manifest is None
        else datetime.now(UTC) - datetime.fromisoformat(manifest["published_at"])
    )
    runs, in_use = Runs({}), None
    try:
        with opened(warehouse) as connection:
            runs = read_runs(connection)
    except InputError as error:
        # What is published can be told while a build has the warehouse open.
        if version is None:
            raise
        in_use = error.problem
    failed = [
        f"{unique_id.split('.', 2)[-1]}: {outcome.status}, {_one_line(outcome.message)}"
        for unique_id, outcome in sorted(runs.outcomes.items())
        if has_failed(outcome)
    ]
    return Status(
        folder=folder,
        manifest=manifest,
        age=age,
        is_unfinished=runs.unfinished is not None
        and all(o.invocation < runs.unfinished for o in runs.outcomes.values()),
        in_use=in_use,
        failed=failed,
        forecasts=[] if version is None else _forecasts(version / DATABASE),
    )


def _forecasts(database: Path) -> list[tuple[str, int, int]]:
    """Business, series whose best model beats the baseline, series."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "select count(*) from information_schema.tables where table_schema = "
            "'forecasting' and table_name = 'fct_forecast_accuracy'"
        ).fetchone()
        if found != (1,):
            return []
        return connection.execute(
            "select business_id, count(*) filter (where beats_baseline), count(*) "
            "from forecasting.fct_forecast_accuracy where model_rank = 1 "
            "group by business_id order by business_id"
        ).fetchall()


def _spoken(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    hours = minutes // 60
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
