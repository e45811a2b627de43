-- Store what has changed, in an order in which no member ever has two runs of a streak in progress: the runs that are
-- over come first.
CREATE FUNCTION {name}(
    logs json, created_totals json, changed_totals json, deleted_runs uuid[], changed_runs json, created_runs json
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    changed record;
BEGIN
    INSERT INTO streaks_streaklog ({log_names})
    SELECT {log_names} FROM json_populate_recordset(NULL::streaks_streaklog, logs);
    INSERT INTO streaks_taskprogress ({total_names})
    SELECT {total_names} FROM json_populate_recordset(NULL::streaks_taskprogress, created_totals);
    FOR changed IN SELECT * FROM json_populate_recordset(NULL::streaks_taskprogress, changed_totals) LOOP
        UPDATE streaks_taskprogress SET {total_changes} WHERE id = changed.id AND member_id = changed.member_id;
    END LOOP;
    IF deleted_runs IS NOT NULL THEN
        DELETE FROM streaks_streakprogress WHERE id = ANY(deleted_runs);
    END IF;
    FOR changed IN SELECT * FROM json_populate_recordset(NULL::streaks_streakprogress, changed_runs) LOOP
        UPDATE streaks_streakprogress SET {run_changes} WHERE id = changed.id AND member_id = changed.member_id;
    END LOOP;
    INSERT INTO streaks_streakprogress ({run_names})
    SELECT {run_names} FROM json_populate_recordset(NULL::streaks_streakprogress, created_runs);
END $$
