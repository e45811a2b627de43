-- Lock members, in order of their ids, and read what is stored around their logs; pairs are
-- [member, streak, [touched periods], level, [periods with all their logs], own clock]. Repeats are looked for among the last three.
CREATE FUNCTION {name}(
    members uuid[], streaks uuid[], pairs json, log_members uuid[], log_streaks uuid[], identifiers varchar[]
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    statuses json;
    of_streak uuid;
BEGIN
    SELECT json_object_agg(id, status) INTO statuses FROM (
        SELECT id, status FROM accounts_member WHERE id = ANY(members) ORDER BY id FOR NO KEY UPDATE
    ) AS locked;
    FOREACH of_streak IN ARRAY streaks LOOP
        PERFORM pg_advisory_xact_lock_shared({streak_lock});
    END LOOP;
    RETURN (SELECT json_build_object(
        'statuses', statuses,
        'versions', (SELECT json_object_agg(id, {streak_version}(id)) FROM streaks_streak WHERE id = ANY(streaks)),
        'repeats', {find_repeats}(log_members, log_streaks, identifiers),
        'histories', {load}(pairs),
        'last_activity', (
            SELECT json_agg((
                SELECT last_activity_at FROM streaks_taskprogress
                WHERE member_id = (pair ->> 0)::uuid AND streak_id = (pair ->> 1)::uuid
                ORDER BY period_key DESC LIMIT 1))
            FROM json_array_elements(pairs) AS pair)
    ));
END $$
