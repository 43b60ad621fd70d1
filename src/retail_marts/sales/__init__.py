"""What sold together, on which days."""

from retail_marts.sales.correlations import PRODUCT_CORRELATIONS, product_correlations

__all__ = ["PRODUCT_CORRELATIONS", "product_correlations"]
