-- The secret that webhook deliveries are signed with, made at the first start when the configuration gives none.
ALTER TABLE schools ADD COLUMN webhook_secret varchar(128);

CREATE TABLE attendance_days (
    school_id  uuid                    NOT NULL,
    student_id varchar(64) COLLATE "C" NOT NULL,
    -- The day at the school, whatever the server's own time zone.
    date       date                    NOT NULL,
    first_seen timestamptz             NOT NULL,
    last_seen  timestamptz             NOT NULL,
    hits       integer                 NOT NULL CHECK (hits > 0),
    PRIMARY KEY (school_id, student_id, date),
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id)
);

CREATE INDEX attendance_days_by_date ON attendance_days (school_id, date, last_seen DESC);

CREATE TABLE cooldowns (
    school_id   uuid                    NOT NULL REFERENCES schools (id),
    -- The student id, or 'Unknown', which no student may bear.
    student_key varchar(64) COLLATE "C" NOT NULL,
    taken_at    timestamptz             NOT NULL,
    event_id    uuid                    NOT NULL,
    PRIMARY KEY (school_id, student_key)
);

CREATE TABLE outbox (
    school_id        uuid                    NOT NULL REFERENCES schools (id),
    id               uuid                    NOT NULL,
    student_key      varchar(64) COLLATE "C" NOT NULL,
    -- The exact body that is sent and signed.
    payload          text                    NOT NULL CHECK (octet_length(payload) <= 65536),
    created_at       timestamptz             NOT NULL DEFAULT clock_timestamp(),
    -- Attempts begun, the one under way included.
    attempts         integer                 NOT NULL,
    next_attempt_at  timestamptz             NOT NULL,
    -- Until then the event is in the hands of one process.
    leased_until     timestamptz,
    status           varchar(8)              NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sent', 'dead')),
    last_http_status integer,
    last_message     varchar(2048),
    settled_at       timestamptz,
    PRIMARY KEY (school_id, id)
);

CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE status = 'pending';
CREATE INDEX outbox_of_student ON outbox (school_id, student_key) WHERE status <> 'sent';
