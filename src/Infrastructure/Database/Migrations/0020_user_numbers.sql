-- Accounts have a number within their school, which existing clients know a user by. None is given twice.
CREATE TABLE user_numbers (
    school_id uuid   NOT NULL REFERENCES schools (id),
    last      bigint NOT NULL,
    PRIMARY KEY (school_id)
);

ALTER TABLE users ADD COLUMN number bigint;

UPDATE users AS u SET number = n.number
FROM (SELECT school_id, id, row_number() OVER (PARTITION BY school_id ORDER BY created_at, id) AS number FROM users) AS n
WHERE u.school_id = n.school_id AND u.id = n.id;

INSERT INTO user_numbers (school_id, last) SELECT school_id, max(number) FROM users GROUP BY school_id;

ALTER TABLE users ALTER COLUMN number SET NOT NULL;
CREATE UNIQUE INDEX users_by_number ON users (school_id, number);

-- What began with a name and a password, and ends with a log-out. Every token belongs to one and is good while its row stands.
CREATE TABLE log_ins (
    school_id  uuid        NOT NULL,
    id         uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    -- The account's own at that time: another password, or disabling, changes that one and so ends this.
    stamp      uuid        NOT NULL,
    began_at   timestamptz NOT NULL,
    -- No token lasts longer, however often it is traded for the next one.
    ends_at    timestamptz NOT NULL,
    -- When the last of its refresh tokens expires.
    expires_at timestamptz NOT NULL,
    -- The newest refresh token that was used, and how many were traded before it. One that is older ends the log-in.
    token      uuid        NOT NULL,
    generation integer     NOT NULL,
    PRIMARY KEY (school_id, id),
    FOREIGN KEY (school_id, user_id) REFERENCES users (school_id, id) ON DELETE CASCADE
);

CREATE INDEX log_ins_by_user ON log_ins (school_id, user_id, began_at);
CREATE INDEX log_ins_by_expiry ON log_ins (expires_at);
