"""The report: the published marts as one HTML file, and as pictures."""

from retail_marts.report.writer import write_report

__all__ = ["write_report"]
