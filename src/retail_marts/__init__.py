"""Forecasts, segments, rules and prospects from sales files, as dbt marts."""

__version__ = "0.2.0"
