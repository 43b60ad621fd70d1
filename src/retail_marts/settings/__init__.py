"""All settings: one typed tree, checked once before anything runs."""

from retail_marts.settings.reading import (
    memory_limit,
    project_settings,
    read_settings,
)
from retail_marts.settings.tree import Settings

__all__ = ["Settings", "memory_limit", "project_settings", "read_settings"]
