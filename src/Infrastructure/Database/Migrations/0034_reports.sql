-- Reports go through the class sessions of a span and what is recorded in them, and need nothing else of a record.
CREATE INDEX attendance_records_for_reports ON attendance_records (school_id, session_id)
    INCLUDE (student_id, status, at, needs_review) WHERE session_id IS NOT NULL;
CREATE INDEX attendance_records_outside ON attendance_records (school_id, at)
    INCLUDE (student_id, status, needs_review) WHERE session_id IS NULL;
