-- Cameras whose frames a client sends: the process that it is connected to holds them, and no other takes them.
ALTER TABLE cameras ADD COLUMN pushed boolean NOT NULL DEFAULT false;
