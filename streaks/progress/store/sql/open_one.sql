-- Lock the member of one log, named by its id or by its external id, and read what is stored around the log. Where the
-- member's own clock counts, of_periods and of_todays are all periods in which the log, and the present, can lie.
CREATE FUNCTION {name}(
    owner_id uuid, owner_external_id text, of_streak uuid, identifier text, happened_at timestamptz,
    of_periods date[], of_todays date[], of_key text, own_clock boolean
) RETURNS text LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    owner uuid;
    owner_status text;
    present_external_id text;
    present_first_name text;
    with_entries date[];
BEGIN
    -- Lock first: what comes after this sees all that the last holder of the lock has committed.
    IF owner_id IS NULL THEN
        SELECT id, status, external_id, first_name
        INTO owner, owner_status, present_external_id, present_first_name FROM accounts_member
        WHERE external_id = owner_external_id FOR NO KEY UPDATE;
    ELSE
        SELECT id, status, external_id, first_name
        INTO owner, owner_status, present_external_id, present_first_name FROM accounts_member
        WHERE id = owner_id FOR NO KEY UPDATE;
    END IF;
    PERFORM pg_advisory_xact_lock_shared({streak_lock});
    -- A late log may need all the others of its period: few of them come along at once.
    SELECT array_agg(period_key) INTO with_entries FROM streaks_taskprogress
    WHERE member_id = owner AND streak_id = of_streak AND period_key = ANY(of_periods) AND log_count <= 100
    AND (happened_at < completed_at OR completed_at IS NULL AND happened_at <= last_activity_at);
    RETURN (SELECT json_build_object(
        'owner', owner,
        'status', owner_status,
        'external_id', present_external_id,
        'first_name', present_first_name,
        'secret', (SELECT encrypted_secret FROM accounts_apikey WHERE api_key = of_key AND status = 'live'),
        'version', {streak_version}(of_streak),
        'existing', ({find_repeats}(ARRAY[owner], ARRAY[of_streak], ARRAY[identifier]::varchar[]))[1],
        'history', (
            SELECT history FROM {history}(owner, of_streak, of_periods || of_todays, 1, with_entries, own_clock))
    ));
END $$
