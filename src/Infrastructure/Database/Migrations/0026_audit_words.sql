-- What people wrote about a student, or said of their attendance, apart from the log that tells of it: the log is for ever, the student may be
-- erased. An entry holds the digest of its words with their salt, so that they cannot be changed unnoticed, nor guessed once they are gone.
CREATE TABLE audit_words (
    school_id  uuid                    NOT NULL,
    -- The entry's.
    id         uuid                    NOT NULL,
    student_id varchar(64) COLLATE "C" NOT NULL,
    -- Another student whom the words are about too, and with whom they go as well.
    other_id   varchar(64) COLLATE "C",
    salt       bytea                   NOT NULL CHECK (octet_length(salt) = 16),
    -- A JSON object, as it was digested.
    words      text                    NOT NULL,
    PRIMARY KEY (school_id, id),
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE
);

CREATE INDEX audit_words_of_student ON audit_words (school_id, student_id);
CREATE INDEX audit_words_of_other ON audit_words (school_id, other_id) WHERE other_id IS NOT NULL;

-- An entry's details as they are read: with the words, or with what became of them in their place.
CREATE FUNCTION audit_details(details jsonb, words text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN details ? 'withheld'
        THEN (details - 'withheld') || coalesce(words::jsonb, (SELECT jsonb_object_agg(field, 'erased') FROM jsonb_array_elements_text(details -> 'withheld' -> 'fields') AS field))
        ELSE details END
$$;

-- Accounts stand by their number wherever it is noted who did something, and have their name again when it is read, as long as they exist.
CREATE FUNCTION caller_name(school uuid, caller text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT 'user:' || n.name FROM usernames AS n WHERE n.school_id = school
            AND n.user_id = CASE WHEN caller ~ '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN substr(caller, 6)::uuid END),
        caller)
$$;

CREATE FUNCTION caller_id(school uuid, named text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT 'user:' || n.user_id FROM usernames AS n WHERE n.school_id = school AND 'user:' || n.name = named), named)
$$;
