"""Make the functions of the last version anew, whatever this database was migrated with.

The first of them was once changed after it had been applied, so some databases had another one than the code expected.
Processes of the last version use these while an upgrade goes on. Those of this version use their own: see
`streaks.progress.store.functions`, which makes them after every `migrate`.
"""

from django.db import migrations

from streaks.statements import on_postgresql

_DROP = """
DO $$
DECLARE
    present regprocedure;
BEGIN
    FOR present IN
        SELECT oid::regprocedure FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace
        AND proname IN ('streaks_version', 'streaks_lock_and_read', 'streaks_write')
    LOOP
        EXECUTE 'DROP FUNCTION ' || present;
    END LOOP;
END $$
"""
_VERSION = """
CREATE FUNCTION streaks_version(of_streak uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT md5(concat(
            streak.id, streak.xmin, streak.ctid,
            (SELECT string_agg(concat(xmin, ctid), '' ORDER BY id) FROM streaks_milestone WHERE streak_id = of_streak),
            '/',
            (SELECT string_agg(concat(xmin, ctid), '' ORDER BY id) FROM streaks_streakpause WHERE streak_id = of_streak)
        ))
        FROM streaks_streak AS streak WHERE streak.id = of_streak
    );
END $$
"""
_LOCK_AND_READ = """
CREATE FUNCTION streaks_lock_and_read(
    owner_id uuid, owner_external_id text, of_streak uuid, identifier text, of_period date, of_today date, of_key text
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    owner uuid;
BEGIN
    -- Lock first: what comes after this sees all that the last holder of the lock has committed.
    IF owner_id IS NULL THEN
        SELECT id INTO owner FROM accounts_member
        WHERE external_id = owner_external_id AND status = 'live' FOR NO KEY UPDATE;
    ELSE
        SELECT id INTO owner FROM accounts_member WHERE id = owner_id AND status = 'live' FOR NO KEY UPDATE;
    END IF;
    RETURN (SELECT json_build_object(
        'owner', owner,
        'secret', (SELECT encrypted_secret FROM accounts_apikey WHERE api_key = of_key AND status = 'live'),
        'version', streaks_version(of_streak),
        'is_repeat', EXISTS (
            SELECT FROM streaks_streaklog
            WHERE member_id = owner AND streak_id = of_streak AND unique_identifier = identifier),
        'runs', (SELECT json_agg(entry) FROM (
            SELECT *, xmin::text AS version FROM streaks_streakprogress
            WHERE member_id = owner AND streak_id = of_streak
            AND (ends_on >= of_period OR stored_status = 'in_progress')
            ORDER BY starts_on LIMIT 2) AS entry),
        'totals', (SELECT json_agg(entry) FROM (
            SELECT *, xmin::text AS version FROM streaks_taskprogress
            WHERE member_id = owner AND streak_id = of_streak AND period_key IN (of_period, of_today)) AS entry)
    ));
END $$
"""
_WRITE = """
-- Fails when a row is no longer the version that was read.
CREATE FUNCTION streaks_write(new_log json, period_total json, changed_run json, new_run json)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    run streaks_streakprogress;
    of_period streaks_taskprogress;
BEGIN
    INSERT INTO streaks_streaklog SELECT * FROM json_populate_record(NULL::streaks_streaklog, new_log);
    IF changed_run IS NOT NULL THEN
        run := json_populate_record(NULL::streaks_streakprogress, changed_run);
        UPDATE streaks_streakprogress SET
            current_progress_value = run.current_progress_value, starts_on = run.starts_on, ends_on = run.ends_on,
            streak_started_at = run.streak_started_at, streak_completed_at = run.streak_completed_at,
            breaks_at = run.breaks_at, highest_progress_value = run.highest_progress_value,
            stored_status = run.stored_status, updated_at = run.updated_at
        WHERE id = run.id AND xmin = (changed_run ->> 'version')::xid;
        IF NOT FOUND THEN
            RAISE integrity_constraint_violation USING MESSAGE = 'changed meanwhile';
        END IF;
    END IF;
    of_period := json_populate_record(NULL::streaks_taskprogress, period_total);
    IF period_total ->> 'version' IS NULL THEN
        INSERT INTO streaks_taskprogress SELECT of_period.*;
    ELSE
        UPDATE streaks_taskprogress SET
            total = of_period.total, log_count = of_period.log_count,
            first_activity_at = of_period.first_activity_at, last_activity_at = of_period.last_activity_at,
            completed_at = of_period.completed_at, updated_at = of_period.updated_at
        WHERE id = of_period.id AND xmin = (period_total ->> 'version')::xid;
        IF NOT FOUND THEN
            RAISE integrity_constraint_violation USING MESSAGE = 'changed meanwhile';
        END IF;
    END IF;
    IF new_run IS NOT NULL THEN
        INSERT INTO streaks_streakprogress SELECT * FROM json_populate_record(NULL::streaks_streakprogress, new_run);
    END IF;
END $$
"""


class Migration(migrations.Migration):
    """No table changes."""

    dependencies = [
        ("accounts", "0002_help_texts"),
        ("streaks", "0009_versions_and_former_peaks"),
    ]

    operations = [
        migrations.RunPython(on_postgresql(_DROP, _VERSION, _LOCK_AND_READ, _WRITE), migrations.RunPython.noop),
    ]
