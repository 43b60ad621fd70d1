"""Analyses of daily sales."""

from retail_marts.sales.correlations import PRODUCT_CORRELATIONS, product_correlations

__all__ = ["PRODUCT_CORRELATIONS", "product_correlations"]
