-- What is stored of one member in one streak around some periods, the earliest of them first; see core/advance.py for
-- the levels. With all logs of the periods in with_entries. Where the member's own clock counts, at the first level the
-- periods are all those that are possible, so that more runs may lie around them; its zones come along.
CREATE FUNCTION {name}(
    of_member uuid, of_streak uuid, touched date[], level integer, with_entries date[], own_clock boolean
) RETURNS json LANGUAGE plpgsql STABLE AS $$
DECLARE
    runs json;
    totals json;
    entries json;
    preceding json;
    facts json;
    excuses json;
    freezes json;
    zones json;
    with_facts boolean;
    with_zones boolean;
    begins_on date;
    ends_before date;
BEGIN
    SELECT json_agg(json_build_array({run_columns})),
           least(touched[1], min(starts_on)),
           CASE WHEN level < 3 THEN (array_agg(starts_on ORDER BY starts_on))[3] END
    INTO runs, begins_on, ends_before
    FROM (
        (SELECT * FROM streaks_streakprogress
         WHERE member_id = of_member AND streak_id = of_streak AND ends_on >= touched[1]
         ORDER BY ends_on LIMIT CASE WHEN level = 1 AND own_clock THEN 6 WHEN level < 3 THEN 3 END)
        UNION ALL
        (SELECT * FROM streaks_streakprogress
         WHERE member_id = of_member AND streak_id = of_streak AND ends_on < touched[1]
         AND stored_status = 'in_progress')
    ) AS run;
    IF level = 1 THEN
        SELECT json_agg(json_build_array({total_columns})) INTO totals FROM streaks_taskprogress
        WHERE member_id = of_member AND streak_id = of_streak AND period_key = ANY(touched);
    ELSE
        SELECT json_agg(json_build_array({total_columns})) INTO totals FROM streaks_taskprogress
        WHERE member_id = of_member AND streak_id = of_streak AND period_key >= begins_on
        AND (ends_before IS NULL OR period_key < ends_before);
    END IF;
    IF cardinality(with_entries) > 0 THEN
        SELECT json_agg(json_build_array(period_key, activity_at, activity_value)) INTO entries FROM streaks_streaklog
        WHERE member_id = of_member AND streak_id = of_streak AND period_key = ANY(with_entries);
    END IF;
    -- The run before them: what is left of the freezes of a member goes on from it.
    SELECT json_build_array({run_columns}) INTO preceding FROM streaks_streakprogress
    WHERE member_id = of_member AND streak_id = of_streak AND ends_on < touched[1] AND stored_status <> 'in_progress'
    ORDER BY ends_on DESC LIMIT 1;
    SELECT has_own_facts, own_clock AND has_own_zone INTO with_facts, with_zones FROM accounts_member
    WHERE id = of_member;
    IF with_facts THEN
        SELECT json_agg(json_build_array(kind, starts_on, ends_on)) INTO excuses FROM (
            SELECT * FROM streaks_streakexcuse WHERE member_id = of_member
            UNION ALL
            SELECT excuse.* FROM streaks_excusedmember AS excused
            JOIN streaks_streakexcuse AS excuse ON excuse.id = excused.excuse_id
            WHERE excused.member_id = of_member
        ) AS excuse
        WHERE (streak_id = of_streak OR streak_id IS NULL)
        -- What many are given, or lose, begins for each with its turn.
        AND (revoked_at IS NULL) = (applied_at IS NOT NULL OR coalesce(of_member <= applied_through, false));
        SELECT json_agg(json_build_array(given_at, quantity)) INTO freezes FROM streaks_streakfreeze
        WHERE member_id = of_member AND streak_id = of_streak;
    END IF;
    IF with_zones THEN
        SELECT json_agg(json_build_array(asked_at, counts_from, time_zone) ORDER BY asked_at, id) INTO zones
        FROM accounts_memberzone WHERE member_id = of_member;
    END IF;
    IF with_facts OR with_zones THEN
        facts := json_build_array(excuses, freezes, zones);
    END IF;
    RETURN json_build_array(runs, totals, entries, with_entries, preceding, facts);
END $$
