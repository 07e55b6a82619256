-- What a liveness session was shown, so that a recording of it is known again: digests and embeddings of some of its pictures, sealed as templates are.
CREATE TABLE liveness_pictures (
    school_id  uuid                    NOT NULL,
    student_id varchar(64) COLLATE "C" NOT NULL,
    session_id uuid                    NOT NULL,
    seen_at    timestamptz             NOT NULL DEFAULT clock_timestamp(),
    contract   varchar(200)            NOT NULL,
    key_id     varchar(32) COLLATE "C" NOT NULL,
    pictures   bytea                   NOT NULL,
    PRIMARY KEY (school_id, student_id, session_id),
    -- Whoever removes a student forgets what was seen of them too.
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE
);

-- For the retention.
CREATE INDEX liveness_pictures_by_time ON liveness_pictures (school_id, seen_at);
