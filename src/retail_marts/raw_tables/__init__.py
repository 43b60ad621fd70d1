"""Raw tables: the rows of files, as the staging models read them.

The only package that writes to the schema ``raw``. Delimited text, Excel sheets and
JSON lines become tables of text. Tables of other databases and models of the user's own
dbt project are copied in their own types. Parquet files are not copied: a view gives
them our column names.
"""

from retail_marts.raw_tables.content_checks import (
    MAILS,
    misread_files,
    named_businesses,
    personal_ids,
)
from retail_marts.raw_tables.mapped import (
    MAPPED_LISTING,
    check_mapped,
    land_mapped,
)
from retail_marts.raw_tables.schema import (
    empty,
    forget_files,
    kept,
    landed_files,
    prepare,
    write_build_days,
    write_settings,
)
from retail_marts.raw_tables.shipped import check_shipped, land_shipped

__all__ = [
    "MAILS",
    "MAPPED_LISTING",
    "check_mapped",
    "check_shipped",
    "empty",
    "forget_files",
    "kept",
    "land_mapped",
    "land_shipped",
    "landed_files",
    "misread_files",
    "named_businesses",
    "personal_ids",
    "prepare",
    "write_build_days",
    "write_settings",
]
