-- What was recorded under a wrong name: taken out of attendance_records, so that nothing counts it, and kept here as it was.
CREATE TABLE attendance_corrections (
    school_id        uuid                    NOT NULL,
    id               uuid                    NOT NULL,
    record_id        uuid                    NOT NULL,
    -- Whom the record named.
    student_id       varchar(64) COLLATE "C" NOT NULL,
    -- When the record is of.
    at               timestamptz             NOT NULL,
    -- The row of attendance_records.
    original         jsonb                   NOT NULL,
    -- Who it was; null for nobody whom the school knows.
    other_student_id varchar(64) COLLATE "C",
    -- Their record in its place; null where they have one that says as much.
    given_id         uuid,
    -- Their row of attendance_records that had to give way to it.
    displaced        jsonb,
    reason           varchar(500)            NOT NULL,
    corrected_by     varchar(200)            NOT NULL,
    corrected_at     timestamptz             NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (school_id, id),
    -- Of two corrections at once one is there first.
    UNIQUE (school_id, record_id),
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE
);

CREATE INDEX attendance_corrections_of_student ON attendance_corrections (school_id, student_id);
CREATE INDEX attendance_corrections_of_other ON attendance_corrections (school_id, other_student_id) WHERE other_student_id IS NOT NULL;
CREATE INDEX attendance_corrections_by_time ON attendance_corrections (school_id, at);
