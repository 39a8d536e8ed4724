"""Measures of sets of items, each with its meaning and its limits; never one number for diversity."""
