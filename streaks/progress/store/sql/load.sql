-- What is stored of some members in some streaks, in the order in which they are asked for; see open_many.sql.
CREATE FUNCTION {name}(pairs json) RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT json_agg({history}(
            (pair ->> 0)::uuid, (pair ->> 1)::uuid,
            ARRAY(SELECT value::date FROM json_array_elements_text(pair -> 2)),
            (pair ->> 3)::integer,
            ARRAY(SELECT value::date FROM json_array_elements_text(pair -> 4)),
            (pair ->> 5)::boolean))
        FROM json_array_elements(pairs) AS pair
    );
END $$
