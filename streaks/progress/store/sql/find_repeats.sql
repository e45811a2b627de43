-- The ids of stored logs with the same identifiers, in the order in which they are asked for. Found by order in the
-- unique index: asked for equality alone, the planner may take an index that leads to all logs of a member.
CREATE FUNCTION {name}(members uuid[], streaks uuid[], identifiers varchar[]) RETURNS uuid[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(
        SELECT CASE WHEN found.unique_identifier = asked.identifier THEN found.id END
        FROM unnest(members, streaks, identifiers) WITH ORDINALITY
            AS asked (member_id, streak_id, identifier, number)
        LEFT JOIN LATERAL (
            SELECT id, unique_identifier FROM streaks_streaklog
            WHERE member_id = asked.member_id AND streak_id = asked.streak_id
            AND unique_identifier >= asked.identifier
            ORDER BY unique_identifier LIMIT 1
        ) AS found ON true
        ORDER BY asked.number
    );
END $$
