-- Who logs in. A role of student acts for one student alone and goes with them.
CREATE TABLE users (
    school_id     uuid         NOT NULL REFERENCES schools (id),
    id            uuid         NOT NULL,
    password_hash varchar(400) NOT NULL,
    role          varchar(16)  NOT NULL CHECK (role IN ('student', 'operator', 'device', 'admin')),
    student_id    varchar(64) COLLATE "C",
    -- Every token carries it; a new one voids them all.
    stamp         uuid         NOT NULL,
    created_at    timestamptz  NOT NULL,
    disabled_at   timestamptz,
    PRIMARY KEY (school_id, id),
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE,
    CHECK ((role = 'student') = (student_id IS NOT NULL))
);

CREATE INDEX users_by_student ON users (school_id, student_id);

-- The directory of names. A log-in names no school, so a name leads to the school and is one on the whole server: the one key of a school's data
-- that does not begin with it. A distributed PostgreSQL keeps this small table everywhere.
CREATE TABLE usernames (
    name      varchar(64) COLLATE "C" NOT NULL CHECK (name = lower(name)),
    school_id uuid                    NOT NULL,
    user_id   uuid                    NOT NULL,
    PRIMARY KEY (name),
    UNIQUE (school_id, user_id),
    FOREIGN KEY (school_id, user_id) REFERENCES users (school_id, id) ON DELETE CASCADE
);

-- Log-ins that failed in a row, by what was typed as the name, whether or not anybody bears it: no school is known yet.
CREATE TABLE log_in_failures (
    -- SHA-256 of the name in lower case: people type passwords there by mistake.
    name_sha256  bytea       NOT NULL CHECK (octet_length(name_sha256) = 32),
    failures     integer     NOT NULL,
    failed_at    timestamptz NOT NULL,
    locked_until timestamptz,
    PRIMARY KEY (name_sha256)
);

CREATE INDEX log_in_failures_by_time ON log_in_failures (failed_at);
