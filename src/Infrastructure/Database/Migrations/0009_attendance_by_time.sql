-- Lists and exports go through the school's records by time.
CREATE INDEX attendance_records_by_time ON attendance_records (school_id, at, id);
