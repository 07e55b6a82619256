-- Lessons that come again every week; class sessions are made of them, some days ahead.
CREATE TABLE lessons (
    school_id   uuid         NOT NULL REFERENCES schools (id),
    id          uuid         NOT NULL,
    name        varchar(100) NOT NULL,
    -- Whose students are expected, whoever they are by then.
    class_name  varchar(100),
    -- 0 is Sunday.
    weekdays    smallint[]   NOT NULL CHECK (cardinality(weekdays) BETWEEN 1 AND 7 AND weekdays <@ '{0,1,2,3,4,5,6}'),
    -- What the clock at the school shows.
    starts      time         NOT NULL,
    ends        time         NOT NULL CHECK (ends > starts),
    opens_before interval    NOT NULL CHECK (opens_before >= interval '0'),
    grace       interval     NOT NULL CHECK (grace >= interval '0'),
    valid_from  date         NOT NULL,
    valid_until date         CHECK (valid_until >= valid_from),
    created_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (school_id, id)
);

CREATE INDEX lessons_of_class ON lessons (school_id, class_name);
CREATE INDEX students_of_class ON students (school_id, class_name, id);

-- Expected besides the students of the class.
CREATE TABLE lesson_students (
    school_id  uuid                    NOT NULL,
    lesson_id  uuid                    NOT NULL,
    student_id varchar(64) COLLATE "C" NOT NULL,
    PRIMARY KEY (school_id, lesson_id, student_id),
    FOREIGN KEY (school_id, lesson_id) REFERENCES lessons (school_id, id) ON DELETE CASCADE,
    FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE
);

CREATE INDEX lesson_students_of_student ON lesson_students (school_id, student_id);

-- Days on which a person changed or removed a lesson's class session: the timetable leaves them alone.
CREATE TABLE lesson_exceptions (
    school_id uuid NOT NULL,
    lesson_id uuid NOT NULL,
    day       date NOT NULL,
    PRIMARY KEY (school_id, lesson_id, day),
    FOREIGN KEY (school_id, lesson_id) REFERENCES lessons (school_id, id) ON DELETE CASCADE
);

CREATE TABLE holidays (
    school_id  uuid         NOT NULL REFERENCES schools (id),
    id         uuid         NOT NULL,
    name       varchar(100) NOT NULL,
    first_day  date         NOT NULL,
    last_day   date         NOT NULL CHECK (last_day >= first_day),
    PRIMARY KEY (school_id, id)
);

-- Of what the class sessions ahead were made the last time: while it is the same, there is nothing to do. The row is held by who makes them.
CREATE TABLE timetables (
    school_id   uuid NOT NULL REFERENCES schools (id),
    made_of     text NOT NULL,
    PRIMARY KEY (school_id)
);

ALTER TABLE class_sessions
    ADD COLUMN lesson_id uuid,
    ADD COLUMN lesson_day date,
    ADD FOREIGN KEY (school_id, lesson_id) REFERENCES lessons (school_id, id) ON DELETE SET NULL (lesson_id);

CREATE UNIQUE INDEX class_sessions_of_lesson ON class_sessions (school_id, lesson_id, lesson_day) WHERE lesson_id IS NOT NULL;
