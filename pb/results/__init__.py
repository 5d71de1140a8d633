"""Counts run, certified and published, and the pages that explain them."""
