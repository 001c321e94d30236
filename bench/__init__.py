"""Measurements: ratios against something outside, in the same run."""
