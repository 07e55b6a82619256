-- What staff must know of: raised once while its cause lasts, resolved when it ends, acknowledged by a person.
CREATE TABLE notices (
    school_id       uuid         NOT NULL REFERENCES schools (id),
    id              uuid         NOT NULL,
    kind            varchar(24)  NOT NULL,
    -- A device's id, an endpoint's id or a machine's name; empty for lookalikes, who are the two students below.
    subject         varchar(100) COLLATE "C" NOT NULL,
    label           varchar(300) NOT NULL,
    at              timestamptz,
    similarity      real,
    student_id      varchar(64)  COLLATE "C",
    other_id        varchar(64)  COLLATE "C",
    raised_at       timestamptz  NOT NULL,
    resolved_at     timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by varchar(200),
    PRIMARY KEY (school_id, id),
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE SET NULL (student_id),
    FOREIGN KEY (school_id, other_id) REFERENCES students (school_id, id) ON DELETE SET NULL (other_id)
);

-- Of several processes that see the same cause one raises it.
CREATE UNIQUE INDEX notices_unresolved ON notices (school_id, kind, subject) WHERE resolved_at IS NULL AND subject <> '';
CREATE UNIQUE INDEX notices_unresolved_pairs ON notices (school_id, student_id, other_id) WHERE resolved_at IS NULL AND kind = 'lookalike';
CREATE INDEX notices_by_time ON notices (school_id, raised_at DESC, id DESC);
CREATE INDEX notices_of_student ON notices (school_id, student_id) WHERE student_id IS NOT NULL;
CREATE INDEX notices_of_other ON notices (school_id, other_id) WHERE other_id IS NOT NULL;
