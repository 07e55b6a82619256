-- A school says itself in which zone its days begin and end; null for one that never said so.
ALTER TABLE schools ADD COLUMN time_zone varchar(64);

-- When the first administrator was made on the set-up page, which happens once.
ALTER TABLE schools ADD COLUMN set_up_at timestamptz;
