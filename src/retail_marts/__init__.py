"""Forecasts, segments, rules and prospects from sales files, as dbt marts."""

__version__ = "0.1.0"
