-- What a browser's cookie stands for: a user's log-in, or a key that was shown once. The cookie carries the school, the id and 256 random bits.
CREATE TABLE browser_sessions (
    school_id     uuid        NOT NULL REFERENCES schools (id),
    id            uuid        NOT NULL,
    -- SHA-256 of the random bits, as of a key's.
    secret_sha256 bytea       NOT NULL CHECK (octet_length(secret_sha256) = 32),
    -- A user's: it ends with the log-in.
    log_in_id     uuid,
    -- A key's: it ends when the key is good no longer, or no longer with the secret that was shown. The key that stands in the configuration has
    -- no id.
    key_id        uuid,
    key_sha256    bytea       CHECK (octet_length(key_sha256) = 32),
    -- Moves on while the session is used.
    expires_at    timestamptz NOT NULL,
    PRIMARY KEY (school_id, id),
    FOREIGN KEY (school_id, log_in_id) REFERENCES log_ins (school_id, id) ON DELETE CASCADE,
    FOREIGN KEY (school_id, key_id) REFERENCES api_keys (school_id, id) ON DELETE CASCADE,
    CHECK ((log_in_id IS NULL) = (key_sha256 IS NOT NULL)),
    CHECK (key_id IS NULL OR log_in_id IS NULL)
);

CREATE INDEX browser_sessions_by_log_in ON browser_sessions (school_id, log_in_id);
CREATE INDEX browser_sessions_by_key ON browser_sessions (school_id, key_id);
CREATE INDEX browser_sessions_by_expiry ON browser_sessions (expires_at);
