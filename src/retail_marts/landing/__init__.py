"""From a delimited file to rows: nothing lost, nothing guessed."""

from retail_marts.landing.delimited import (
    LANDED_FIELDS,
    check_header,
    landed_schema,
    open_delimited,
)
from retail_marts.landing.facts import FileFacts, file_facts
from retail_marts.landing.transcode import transcode

__all__ = [
    "LANDED_FIELDS",
    "FileFacts",
    "check_header",
    "file_facts",
    "landed_schema",
    "open_delimited",
    "transcode",
]
