"""The published set: marts that readers open while the next build runs."""

from retail_marts.publish.publisher import DATABASE, publish
from retail_marts.publish.status import Status, read_status
from retail_marts.publish.versions import current_version

__all__ = ["DATABASE", "Status", "current_version", "publish", "read_status"]
