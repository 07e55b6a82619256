-- A distributed PostgreSQL (Citus) takes no foreign key over the school's column that sets anything to null, not even another column of it. These
-- three name the same rows as before; the program empties what named a row before it removes the row.
ALTER TABLE class_sessions
    DROP CONSTRAINT class_sessions_school_id_lesson_id_fkey,
    ADD FOREIGN KEY (school_id, lesson_id) REFERENCES lessons (school_id, id);

ALTER TABLE notices
    DROP CONSTRAINT notices_school_id_student_id_fkey,
    DROP CONSTRAINT notices_school_id_other_id_fkey,
    ADD FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id),
    ADD FOREIGN KEY (school_id, other_id) REFERENCES students (school_id, id);
