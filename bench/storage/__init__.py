"""The preservation store: audits, cost, kill -9."""
