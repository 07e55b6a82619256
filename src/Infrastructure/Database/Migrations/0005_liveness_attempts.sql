-- Liveness sessions that a student began, for the lock after too many; one that passed does not count.
CREATE TABLE liveness_attempts (
    school_id  uuid                    NOT NULL,
    student_id varchar(64) COLLATE "C" NOT NULL,
    session_id uuid                    NOT NULL,
    began_at   timestamptz             NOT NULL,
    passed     boolean                 NOT NULL DEFAULT false,
    PRIMARY KEY (school_id, student_id, session_id),
    -- Whoever removes a student forgets their attempts too.
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE
);
