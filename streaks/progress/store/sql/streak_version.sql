-- Of a streak with its milestones, pauses, versions of the rules, edits of its holidays and the excuses of everybody:
-- another one whenever anything about them changes. Stable: it looks at the same instant as the statement that calls
-- it, so a streak that is read along is the one that has this version.
CREATE FUNCTION {name}(of_streak uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT md5(concat_ws(' ',
            streak.id, streak.version, streak.updated_at,
            -- What decides, by itself: processes of an earlier version write no versions.
            streak.status, streak.has_activity, coalesce(streak.paused_at, 'infinity'),
            coalesce(streak.deleted_at, 'infinity'),
            (SELECT string_agg(concat(id, version, updated_at, status, deleted_at), ' ' ORDER BY id)
             FROM streaks_milestone WHERE streak_id = of_streak),
            '/',
            (SELECT string_agg(concat(id, started_at, ended_at, applied_through, applied_at), ' ' ORDER BY id)
             FROM streaks_streakpause WHERE streak_id = of_streak),
            '/',
            (SELECT string_agg(concat(id, applied_through, applied_at, revoked_at), ' ' ORDER BY id)
             FROM streaks_streakexcuse
             WHERE member_id IS NULL AND NOT is_for_list AND (streak_id = of_streak OR streak_id IS NULL)),
            '/',
            (SELECT string_agg(concat(id, applied_through, applied_at, withdrawn_at), ' ' ORDER BY id)
             FROM streaks_streakrules WHERE streak_id = of_streak),
            '/',
            (SELECT string_agg(concat(id, applied_through, applied_at), ' ' ORDER BY id)
             FROM streaks_holidayedit WHERE streak_id = of_streak)
        ))
        FROM streaks_streak AS streak WHERE streak.id = of_streak
    );
END $$
