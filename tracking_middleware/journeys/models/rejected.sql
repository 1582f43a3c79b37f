-- One row a line that is no event: what is wrong with it, and where it stands. ``line`` is NULL where a whole
-- file cannot be read; in a store of the collector and in Parquet it is the number of the row.
SELECT event_id, problem, source, line FROM staged_events WHERE problem IS NOT NULL
UNION ALL
SELECT CAST(NULL AS VARCHAR) AS event_id, problem, source, line FROM scratch.rejected_lines
