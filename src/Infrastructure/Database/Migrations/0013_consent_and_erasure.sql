-- What the student, or who speaks for them, said to being recognised by face. The state stands with the student, where enrolling and matching read
-- it; every statement is kept.
ALTER TABLE students ADD COLUMN consent varchar(9) NOT NULL DEFAULT 'not_asked' CHECK (consent IN ('not_asked', 'given', 'withdrawn'));

CREATE TABLE consents (
    school_id   uuid                    NOT NULL,
    id          uuid                    NOT NULL,
    student_id  varchar(64) COLLATE "C" NOT NULL,
    state       varchar(9)              NOT NULL CHECK (state IN ('given', 'withdrawn')),
    -- How it was said, in the school's words: paper, app, by word of mouth.
    method      varchar(64)             NOT NULL,
    note        varchar(500),
    recorded_by varchar(200)            NOT NULL,
    recorded_at timestamptz             NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (school_id, id),
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE
);

CREATE INDEX consents_of_student ON consents (school_id, student_id, recorded_at);

-- That somebody was erased, without saying who: the id is there as a salted hash, by which a school that knows it can recognise it.
CREATE TABLE erasure_receipts (
    school_id      uuid         NOT NULL REFERENCES schools (id),
    id             uuid         NOT NULL,
    erased_at      timestamptz  NOT NULL,
    erased_by      varchar(200) NOT NULL,
    salt           bytea        NOT NULL,
    student_sha256 bytea        NOT NULL,
    removed        jsonb        NOT NULL,
    PRIMARY KEY (school_id, id)
);
