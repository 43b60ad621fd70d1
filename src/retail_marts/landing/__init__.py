"""Read delimited files (CSV and the like) into rows; no line is lost."""

from retail_marts.landing.delimited import (
    LANDED_FIELDS,
    check_header,
    landed_schema,
    open_delimited,
)
from retail_marts.landing.line_count import non_blank_line_count
from retail_marts.landing.transcode import transcode

__all__ = [
    "LANDED_FIELDS",
    "check_header",
    "landed_schema",
    "non_blank_line_count",
    "open_delimited",
    "transcode",
]
