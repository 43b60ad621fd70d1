"""Customers: who they are, what they are worth, and how they move."""
