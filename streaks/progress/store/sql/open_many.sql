-- Lock members, in order of their ids, and read what is stored around their logs; of pairs see load.sql. Repeats are
-- looked for among the last three.
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
        'histories', {load}(pairs)
    ));
END $$
