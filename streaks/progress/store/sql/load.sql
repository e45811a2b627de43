-- What is stored of some members in some streaks, in the order in which they are asked for; pairs are
-- [member, streak, [touched periods], level, [periods with all their logs], own clock]. Each with the instant of its
-- last log; null where there is neither a log nor a fact of the member's own: most members of a file are new.
CREATE FUNCTION {name}(pairs json) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_agg(CASE WHEN last_activity_at IS NOT NULL OR own_clock OR (
            SELECT has_own_facts FROM accounts_member WHERE id = of_member
        ) THEN json_build_array(
            last_activity_at,
            (SELECT history FROM {history}(of_member, of_streak, touched, level, with_entries, own_clock))
        ) END)
        FROM (
            SELECT of_member, of_streak, (pair ->> 3)::integer AS level, (pair ->> 5)::boolean AS own_clock,
                   ARRAY(SELECT value::date FROM json_array_elements_text(pair -> 2)) AS touched,
                   ARRAY(SELECT value::date FROM json_array_elements_text(pair -> 4)) AS with_entries,
                   (SELECT last_activity_at FROM streaks_taskprogress
                    WHERE member_id = of_member AND streak_id = of_streak
                    ORDER BY period_key DESC LIMIT 1) AS last_activity_at
            FROM json_array_elements(pairs) AS pair
            CROSS JOIN LATERAL (
                SELECT (pair ->> 0)::uuid AS of_member, (pair ->> 1)::uuid AS of_streak OFFSET 0
            ) AS named OFFSET 0
        ) AS asked
    );
END $$
