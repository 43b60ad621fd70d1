"""Customers: segments and lifetime values."""
