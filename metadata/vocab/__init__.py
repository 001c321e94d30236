"""Controlled terms as data: one TOML file per vocabulary, labels in zh-Hant and English."""
