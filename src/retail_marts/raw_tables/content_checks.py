"""What landed rows of an entry hold, for messages: businesses, ids, encodings."""

from __future__ import annotations

import codecs
import math
from decimal import Decimal
from typing import Any

from retail_marts.raw_tables.schema import relation_type
from retail_marts.raw_tables.sql import Cursor
from retail_marts.settings.mapped import MappedSource

# Two to five words of letters; and digits behind a plus or a single zero.
_NAME = r"\p{L}[\p{L}'.-]*(?:,? \p{L}[\p{L}'.-]*){1,4}"
_PHONE = r"(?:\+|0)[1-9][-0-9 ()/.]{6,18}"
MAILS = "e-mail addresses"
_LOOKED_AT = 100_000


def named_businesses(cursor: Cursor, source: MappedSource) -> set[str]:
    """The names in the business columns of the landed files of an entry."""
    names: set[str] = set()
    for kind, file in source.files.items():
        if "business_id" in file.columns:
            names |= {
                _as_in_marts(name)
                for (name,) in cursor.execute(
                    "select distinct business_id"
                    f" from raw.mapped__{source.name}__{kind}"
                    " where business_id is not null"
                ).fetchall()
            }
    return names


def _as_in_marts(value: Any) -> str:
    """An id as marts show it: 1 also where a file has 1.0 or 1.00."""
    if isinstance(value, float | Decimal) and math.isfinite(value):
        return f"{Decimal(str(value)).normalize():f}"
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return text.strip()


def personal_ids(cursor: Cursor, source: MappedSource) -> str | None:
    """What the customer ids of an entry look like, where that may be personal.

    Only entries that do not say whether their ids are personal are looked at.

    Returns
    -------
    str or None
        ``e-mail addresses`` if any id has an @, ``names of persons`` or ``phone
        numbers`` if at least half of them look so.
    """
    columns = source.files["sales_lines"].columns
    is_said = source.rules["customer_id_is_personal"] is not None
    if is_said or "customer_id" not in columns:
        return None
    relation = f"raw.mapped__{source.name}__sales_lines"
    ((ids, mails, names, phones),) = cursor.execute(
        "select count(*), count(*) filter (id like '%@%'),"
        " count(*) filter (regexp_full_match(id, ?)),"
        " count(*) filter (regexp_full_match(id, ?))"
        " from (select distinct trim(cast(customer_id as varchar)) as id"
        f" from (select customer_id from {relation} where customer_id is not null"
        f" limit {_LOOKED_AT}))",
        [_NAME, _PHONE],
    ).fetchall()
    if mails:
        return MAILS
    if names and names * 2 >= ids:
        return "names of persons"
    return "phone numbers" if phones and phones * 2 >= ids else None


def misread_files(cursor: Cursor, source: MappedSource) -> dict[str, list[str]]:
    """Files declared as latin-1 that seem to be cp1252, by the setting to change.

    Latin-1 has control characters where cp1252 has quotes, dashes and the euro sign.
    """
    found = {}
    for kind, file in source.files.items():
        if not file.path or not _is_latin_1(file.encoding):
            continue
        relation = f"mapped__{source.name}__{kind}"
        if relation_type(cursor, relation) != "table":
            continue
        text = f"concat_ws(' ', _raw_text, {', '.join(file.columns)})"
        names = cursor.execute(
            f"select distinct _source_file from raw.{relation}"
            f" where regexp_matches({text}, ?) order by _source_file",
            [r"[\x{80}-\x{9F}]"],
        ).fetchall()
        if names:
            found[f"{file.setting}.encoding"] = [name for (name,) in names]
    return found


def _is_latin_1(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name == "iso8859-1"
    except LookupError:
        return False
