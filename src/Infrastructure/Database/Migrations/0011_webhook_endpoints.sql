-- Endpoints made over the API. The operator's own (ATTENDANCE_WEBHOOK_URL) is configuration and has no row here; its deliveries bear an id that
-- is fixed in the program.
CREATE TABLE webhook_endpoints (
    school_id       uuid          NOT NULL REFERENCES schools (id),
    id              uuid          NOT NULL,
    url             varchar(2048) NOT NULL,
    description     varchar(200)  NOT NULL,
    -- The types of events wanted; empty means all.
    events          text[]        NOT NULL,
    -- Encrypted by the program: a JSON object of names and values.
    headers         text          NOT NULL,
    -- Encrypted by the program. The previous one signs beside it until its time is over.
    secret          text          NOT NULL,
    previous_secret text,
    previous_until  timestamptz,
    enabled         boolean       NOT NULL,
    disabled_reason varchar(8)    CHECK (disabled_reason IN ('by_hand', 'gone', 'failing')),
    disabled_at     timestamptz,
    -- The first failure after the last delivery that was accepted.
    failing_since   timestamptz,
    -- Until then the receiver asked to be left alone.
    paused_until    timestamptz,
    created_at      timestamptz   NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (school_id, id),
    CHECK (enabled = (disabled_reason IS NULL))
);

-- The number that the student's next event gets is last + 1.
CREATE TABLE event_sequences (
    school_id   uuid                    NOT NULL REFERENCES schools (id),
    student_key varchar(64) COLLATE "C" NOT NULL,
    last        bigint                  NOT NULL,
    PRIMARY KEY (school_id, student_key)
);

CREATE TABLE events (
    school_id   uuid        NOT NULL REFERENCES schools (id),
    id          uuid        NOT NULL,
    type        varchar(64) NOT NULL,
    -- The student id, or 'Unknown'; null with its number for an event about nobody.
    student_key varchar(64) COLLATE "C",
    sequence    bigint,
    -- The exact body that is sent and signed.
    payload     text        NOT NULL CHECK (octet_length(payload) <= 65536),
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (school_id, id)
);

INSERT INTO events (school_id, id, type, student_key, sequence, payload, created_at)
SELECT school_id, id, payload::jsonb ->> 'event', student_key, row_number() OVER (PARTITION BY school_id, student_key ORDER BY created_at, id), payload, created_at
FROM outbox;

INSERT INTO event_sequences (school_id, student_key, last) SELECT school_id, student_key, max(sequence) FROM events GROUP BY school_id, student_key;

CREATE INDEX events_of_student ON events (school_id, student_key, sequence);
CREATE INDEX events_by_time ON events (school_id, created_at);

-- From an event's place to one event's way to one endpoint.
ALTER TABLE outbox
    ADD COLUMN event_id    uuid,
    ADD COLUMN endpoint_id uuid,
    -- Attempts made before the last replay: the schedule of retries begins anew after them.
    ADD COLUMN attempts_before integer NOT NULL DEFAULT 0,
    ALTER COLUMN student_key DROP NOT NULL;

UPDATE outbox SET event_id = id, endpoint_id = '00000000-0000-7000-8000-00000000000a';

ALTER TABLE outbox
    DROP COLUMN payload,
    ALTER COLUMN event_id SET NOT NULL,
    ALTER COLUMN endpoint_id SET NOT NULL,
    ADD FOREIGN KEY (school_id, event_id) REFERENCES events (school_id, id) ON DELETE CASCADE;

DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (endpoint_id, next_attempt_at) WHERE status = 'pending';
CREATE UNIQUE INDEX outbox_of_event ON outbox (school_id, event_id, endpoint_id);
CREATE INDEX outbox_by_time ON outbox (school_id, endpoint_id, created_at DESC, id DESC);
CREATE INDEX outbox_unsent ON outbox (school_id, endpoint_id, created_at DESC, id DESC) WHERE status <> 'sent';

-- An attempt that a killed process began has no row: nobody knows what came of it.
CREATE TABLE delivery_attempts (
    school_id   uuid        NOT NULL,
    delivery_id uuid        NOT NULL,
    number      integer     NOT NULL,
    at          timestamptz NOT NULL,
    latency_ms  integer     NOT NULL,
    http_status integer,
    message     varchar(2048) NOT NULL,
    PRIMARY KEY (school_id, delivery_id, number),
    FOREIGN KEY (school_id, delivery_id) REFERENCES outbox (school_id, id) ON DELETE CASCADE
);
