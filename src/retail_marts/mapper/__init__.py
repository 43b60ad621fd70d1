"""From files to an entry of ``mapped_sources``: reads bytes, and says its evidence."""

from retail_marts.mapper.entry import Entry
from retail_marts.mapper.mapping import KIND_NAMES, map_files
from retail_marts.mapper.project_file import write_entry

__all__ = ["KIND_NAMES", "Entry", "map_files", "write_entry"]
