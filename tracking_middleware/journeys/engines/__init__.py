"""The models on engines other than DuckDB: rendered by sqlglot, and spelled by us where it errs."""
