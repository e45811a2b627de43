-- The ids of stored logs with the same identifiers, in the order in which they are asked for.
CREATE FUNCTION {name}(members uuid[], streaks uuid[], identifiers varchar[]) RETURNS uuid[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found uuid;
    ids uuid[] := ARRAY[]::uuid[];
BEGIN
    FOR number IN 1 .. coalesce(cardinality(members), 0) LOOP
        SELECT id INTO found FROM streaks_streaklog
        WHERE member_id = members[number] AND streak_id = streaks[number] AND unique_identifier = identifiers[number];
        ids := ids || found;
    END LOOP;
    RETURN ids;
END $$
