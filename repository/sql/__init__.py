"""The catalogue on a SQL database: SQLite and PostgreSQL."""
