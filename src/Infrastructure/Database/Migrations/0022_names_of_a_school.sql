-- A user's name is one within the school alone, so that nobody learns of another school's users by trying to take their names. A log-in names the
-- school by its code, name@code; without one it is the first school's.
ALTER TABLE usernames DROP CONSTRAINT usernames_pkey;
ALTER TABLE usernames ADD PRIMARY KEY (school_id, name);

ALTER TABLE schools ADD COLUMN code varchar(32) COLLATE "C";
CREATE UNIQUE INDEX schools_by_code ON schools (code);

-- Out of the school's name, as far as that is ASCII, and of its id where another school has that code.
CREATE FUNCTION school_code(school uuid, name text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN EXISTS (SELECT 1 FROM schools AS s WHERE s.code = b.base AND s.id <> school) THEN b.base || '-' || right(school::text, 6) ELSE b.base END
    FROM (SELECT coalesce(nullif(btrim(left(regexp_replace(lower(name), '[^a-z0-9]+', '-', 'g'), 25), '-'), ''), 'school') AS base) AS b
$$;

DO $$
DECLARE
    s record;
BEGIN
    FOR s IN SELECT id, name FROM schools ORDER BY created_at, id LOOP
        UPDATE schools SET code = school_code(s.id, s.name) WHERE id = s.id;
    END LOOP;
END
$$;

ALTER TABLE schools ALTER COLUMN code SET NOT NULL;
