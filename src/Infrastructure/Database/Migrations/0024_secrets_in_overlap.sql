-- Secrets that endpoints made over the API had before, each good until its own overlap ends. Encrypted by the program like the one in force.
CREATE TABLE webhook_previous_secrets (
    school_id   uuid        NOT NULL,
    endpoint_id uuid        NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    secret      text        NOT NULL,
    good_until  timestamptz NOT NULL,
    PRIMARY KEY (school_id, endpoint_id, replaced_at),
    FOREIGN KEY (school_id, endpoint_id) REFERENCES webhook_endpoints (school_id, id) ON DELETE CASCADE
);

INSERT INTO webhook_previous_secrets (school_id, endpoint_id, secret, good_until)
SELECT school_id, id, previous_secret, previous_until FROM webhook_endpoints WHERE previous_secret IS NOT NULL AND previous_until > clock_timestamp();

ALTER TABLE webhook_endpoints DROP COLUMN previous_secret, DROP COLUMN previous_until;

-- A receiver of the operator's that knows attendance.recognized alone stores a presence for whatever comes. Absences that wait for it can be sent
-- again by hand.
UPDATE outbox AS o SET
    status = 'dead', settled_at = clock_timestamp(), leased_until = NULL,
    last_message = 'attendance.absent goes to ATTENDANCE_WEBHOOK_URL only where ATTENDANCE_WEBHOOK_EVENTS names it'
FROM events AS e
WHERE e.school_id = o.school_id AND e.id = o.event_id AND e.type = 'attendance.absent'
    AND o.endpoint_id = '00000000-0000-7000-8000-00000000000a' AND o.status = 'pending';
