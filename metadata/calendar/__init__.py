"""Dates of every calendar that Kaohsiung was written in, as EDTF."""
