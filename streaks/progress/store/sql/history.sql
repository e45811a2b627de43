-- What is stored of one member in one streak around some periods, the earliest of them first; see core/advance.py for
-- the levels. With all logs of the periods in with_entries. Where the member's own clock counts, at the first level the
-- periods are all those that are possible, so that more runs may lie around them; its zones come along.
-- A plain query, so that it becomes a part of the statements that call it.
CREATE FUNCTION {name}(
    of_member uuid, of_streak uuid, touched date[], level integer, with_entries date[], own_clock boolean
) RETURNS TABLE (history json) LANGUAGE sql STABLE AS $$
    SELECT json_build_array(
        reached.runs,
        CASE WHEN level = 1 THEN (
            -- One by one: the planner may read all periods of a member for = ANY(touched).
            SELECT json_agg(json_build_array({total_columns}))
            FROM (SELECT DISTINCT key FROM unnest(touched) AS key) AS asked CROSS JOIN LATERAL (
                SELECT * FROM streaks_taskprogress
                WHERE member_id = of_member AND streak_id = of_streak AND period_key = asked.key LIMIT 1
            ) AS total
        ) ELSE (
            SELECT json_agg(json_build_array({total_columns})) FROM streaks_taskprogress
            WHERE member_id = of_member AND streak_id = of_streak AND period_key >= reached.begins_on
            AND (reached.ends_before IS NULL OR period_key < reached.ends_before)
        ) END,
        CASE WHEN cardinality(with_entries) > 0 THEN (
            SELECT json_agg(json_build_array(period_key, activity_at, activity_value)) FROM streaks_streaklog
            WHERE member_id = of_member AND streak_id = of_streak AND period_key = ANY(with_entries)
        ) END,
        with_entries,
        -- The run before them: what is left of the freezes of a member goes on from it.
        (
            SELECT json_build_array({run_columns}) FROM streaks_streakprogress
            WHERE member_id = of_member AND streak_id = of_streak AND ends_on < touched[1]
            AND stored_status <> 'in_progress' ORDER BY ends_on DESC LIMIT 1
        ),
        (
            SELECT CASE WHEN has_own_facts OR own_clock AND has_own_zone THEN json_build_array(
                CASE WHEN has_own_facts THEN (
                    SELECT json_agg(json_build_array(kind, starts_on, ends_on)) FROM (
                        SELECT * FROM streaks_streakexcuse WHERE member_id = of_member
                        UNION ALL
                        SELECT excuse.* FROM streaks_excusedmember AS excused
                        JOIN streaks_streakexcuse AS excuse ON excuse.id = excused.excuse_id
                        WHERE excused.member_id = of_member
                    ) AS excuse
                    WHERE (streak_id = of_streak OR streak_id IS NULL)
                    -- What many are given, or lose, begins for each with its turn.
                    AND (revoked_at IS NULL)
                        = (applied_at IS NOT NULL OR coalesce(of_member <= applied_through, false))
                ) END,
                CASE WHEN has_own_facts THEN (
                    SELECT json_agg(json_build_array(given_at, quantity)) FROM streaks_streakfreeze
                    WHERE member_id = of_member AND streak_id = of_streak
                ) END,
                CASE WHEN own_clock AND has_own_zone THEN (
                    SELECT json_agg(json_build_array(asked_at, counts_from, time_zone) ORDER BY asked_at, id)
                    FROM accounts_memberzone WHERE member_id = of_member
                ) END
            ) END
            FROM accounts_member WHERE id = of_member
        )
    )
    FROM (
        SELECT json_agg(json_build_array({run_columns})) AS runs,
               least(touched[1], min(starts_on)) AS begins_on,
               CASE WHEN level < 3 THEN (array_agg(starts_on ORDER BY starts_on))[3] END AS ends_before
        FROM (
            (SELECT * FROM streaks_streakprogress
             WHERE member_id = of_member AND streak_id = of_streak AND ends_on >= touched[1]
             ORDER BY ends_on LIMIT CASE WHEN level = 1 AND own_clock THEN 6 WHEN level < 3 THEN 3 END)
            UNION ALL
            -- The last one before them, by order in the index of the member: the planner may take that of deadlines
            -- for what is in progress, and read the runs of all members.
            (SELECT * FROM (
                SELECT * FROM streaks_streakprogress
                WHERE member_id = of_member AND streak_id = of_streak AND ends_on < touched[1]
                ORDER BY ends_on DESC LIMIT 1
             ) AS last WHERE stored_status = 'in_progress')
        ) AS run
    ) AS reached
$$
