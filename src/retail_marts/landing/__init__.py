"""Read files (CSV, Excel, JSON lines) into rows of text; no line is lost."""

from retail_marts.landing.delimited import (
    LANDED_FIELDS,
    check_header,
    landed_schema,
    open_delimited,
)
from retail_marts.landing.headers import Header, clean_name
from retail_marts.landing.line_count import non_blank_line_count
from retail_marts.landing.places import FoundFile, find_files, partition_value
from retail_marts.landing.rows import (
    FileFormat,
    check_rows,
    open_rows,
    raw_line_count,
)
from retail_marts.landing.stored import kind_of

__all__ = [
    "LANDED_FIELDS",
    "FileFormat",
    "FoundFile",
    "Header",
    "check_header",
    "check_rows",
    "clean_name",
    "find_files",
    "kind_of",
    "landed_schema",
    "non_blank_line_count",
    "open_delimited",
    "open_rows",
    "partition_value",
    "raw_line_count",
]
