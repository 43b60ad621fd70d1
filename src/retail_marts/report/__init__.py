"""The report: the published marts as pages that open from a mail, and as pictures."""

from retail_marts.report.writer import write_report

__all__ = ["write_report"]
