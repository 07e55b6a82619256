CREATE TABLE class_sessions (
    school_id  uuid         NOT NULL REFERENCES schools (id),
    id         uuid         NOT NULL,
    name       varchar(100) NOT NULL,
    opens_at   timestamptz  NOT NULL,
    starts_at  timestamptz  NOT NULL,
    -- After the start, in which coming is not late yet.
    grace      interval     NOT NULL,
    ends_at    timestamptz  NOT NULL,
    -- When the absences were written; nothing but a manual mark changes the session's records afterwards.
    settled_at timestamptz,
    created_at timestamptz  NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (school_id, id),
    CHECK (opens_at <= starts_at AND grace >= interval '0' AND starts_at < ends_at AND starts_at + grace <= ends_at)
);

CREATE INDEX class_sessions_by_start ON class_sessions (school_id, starts_at);
CREATE INDEX class_sessions_to_settle ON class_sessions (ends_at) WHERE settled_at IS NULL;

CREATE TABLE class_session_students (
    school_id  uuid                    NOT NULL,
    session_id uuid                    NOT NULL,
    student_id varchar(64) COLLATE "C" NOT NULL,
    PRIMARY KEY (school_id, session_id, student_id),
    FOREIGN KEY (school_id, session_id) REFERENCES class_sessions (school_id, id) ON DELETE CASCADE,
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE
);

CREATE INDEX class_session_students_of_student ON class_session_students (school_id, student_id);

-- What attendance stands on: one row for each sighting that counted, each check-in, each mark by hand and each absence.
CREATE TABLE attendance_records (
    school_id    uuid                    NOT NULL,
    id           uuid                    NOT NULL,
    student_id   varchar(64) COLLATE "C" NOT NULL,
    session_id   uuid,
    at           timestamptz             NOT NULL,
    status       varchar(8)              NOT NULL CHECK (status IN ('present', 'late', 'absent')),
    -- How it came about; 'schedule' is an absence that nobody marked.
    origin       varchar(8)              NOT NULL CHECK (origin IN ('camera', 'check_in', 'manual', 'schedule')),
    needs_review boolean                 NOT NULL DEFAULT false,
    -- On what it rests: the measured distance, the reasons weighed, the person's reason. Never a position or a face.
    evidence     jsonb                   NOT NULL,
    -- The event that announced it; null when nobody was to be told.
    event_id     uuid,
    recorded_at  timestamptz             NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (school_id, id),
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE,
    FOREIGN KEY (school_id, session_id) REFERENCES class_sessions (school_id, id)
);

-- A student stands in a class session once.
CREATE UNIQUE INDEX attendance_records_of_session ON attendance_records (school_id, session_id, student_id) WHERE session_id IS NOT NULL;
CREATE INDEX attendance_records_of_student ON attendance_records (school_id, student_id, at DESC);

-- Where students' devices said they were, for a day: only the comparison with the next fix needs it.
CREATE TABLE location_fixes (
    school_id   uuid                    NOT NULL,
    id          uuid                    NOT NULL,
    student_id  varchar(64) COLLATE "C" NOT NULL,
    device_id   varchar(64)             NOT NULL,
    place       geography(Point, 4326)  NOT NULL,
    accuracy_m  double precision        NOT NULL,
    captured_at timestamptz             NOT NULL,
    received_at timestamptz             NOT NULL,
    mocked      boolean                 NOT NULL,
    PRIMARY KEY (school_id, id),
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE
);

CREATE INDEX location_fixes_of_student ON location_fixes (school_id, student_id, received_at DESC);
CREATE INDEX location_fixes_by_age ON location_fixes (received_at);

-- Single use is this row.
CREATE TABLE used_liveness_tokens (
    school_id  uuid        NOT NULL REFERENCES schools (id),
    session_id uuid        NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (school_id, session_id)
);

CREATE INDEX used_liveness_tokens_by_expiry ON used_liveness_tokens (expires_at);

CREATE TABLE idempotency_keys (
    school_id      uuid                    NOT NULL,
    key            varchar(200) COLLATE "C" NOT NULL,
    student_id     varchar(64) COLLATE "C",
    request_sha256 bytea                   NOT NULL CHECK (octet_length(request_sha256) = 32),
    -- Null only within the transaction that makes it.
    answer         text,
    created_at     timestamptz             NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (school_id, key),
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE
);

CREATE INDEX idempotency_keys_of_student ON idempotency_keys (school_id, student_id);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
