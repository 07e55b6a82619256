-- The face of what a camera recorded, for a while: where the name was wrong it becomes a negative example of the student who was named.
CREATE TABLE sighting_faces (
    school_id        uuid                    NOT NULL,
    -- The attendance record's.
    id               uuid                    NOT NULL,
    -- Whom the record named.
    student_id       varchar(64) COLLATE "C" NOT NULL,
    contract         varchar(200)            NOT NULL,
    key_id           varchar(32) COLLATE "C" NOT NULL,
    -- float32[D], unit length, sealed as templates are.
    embedding        bytea                   NOT NULL,
    seen_at          timestamptz             NOT NULL DEFAULT clock_timestamp(),
    -- The correction by which it is a negative example; null for all others.
    negative_id      uuid,
    -- Whose face it is, of a negative example; null for nobody whom the school knows.
    other_student_id varchar(64) COLLATE "C",
    -- The gallery's, at which it became one.
    revision         bigint,
    PRIMARY KEY (school_id, id),
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE,
    CHECK ((negative_id IS NULL) = (revision IS NULL))
);

CREATE INDEX sighting_faces_of_student ON sighting_faces (school_id, student_id);
CREATE INDEX sighting_faces_of_other ON sighting_faces (school_id, other_student_id) WHERE other_student_id IS NOT NULL;
CREATE INDEX sighting_faces_by_time ON sighting_faces (school_id, seen_at);
CREATE INDEX sighting_faces_by_revision ON sighting_faces (school_id, contract, revision) WHERE revision IS NOT NULL;

-- Who enrolled the face, and whether it came with a roster. Null in rows of before.
ALTER TABLE templates ADD COLUMN enrolled_by varchar(200), ADD COLUMN imported boolean NOT NULL DEFAULT false;
