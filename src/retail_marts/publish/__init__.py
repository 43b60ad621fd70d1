"""The published set: marts that readers open while the next build runs."""

from retail_marts.publish.publisher import publish
from retail_marts.publish.status import Status, read_status

__all__ = ["Status", "publish", "read_status"]
