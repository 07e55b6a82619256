-- A large school, as the console's lists meet it: 10,000 students in 334 classes, 100 school days with one class session a class, a record for
-- each student and session (1,000,000), today's half recorded, a timetable, and what deliveries and the audit log hold of it.
CREATE TEMP TABLE s AS SELECT id AS school FROM schools LIMIT 1;

INSERT INTO students (school_id, id, full_name, class_name)
SELECT school, 'S' || to_char(n, 'FM00000'),
    (ARRAY['Ayu','Budi','Citra','Dewa','Eka','Fajar','Gita','Hadi','Indah','Joko'])[1 + n % 10] || ' '
        || (ARRAY['Lestari','Santoso','Wijaya','Putri','Saputra','Rahayu','Hidayat'])[1 + n % 7] || ' ' || n,
    'C' || to_char(n / 30, 'FM000')
FROM s, generate_series(1, 10000) AS n;

CREATE TEMP TABLE days AS
SELECT (current_date - 140 + n)::date AS day, row_number() OVER (ORDER BY n DESC) AS back FROM generate_series(1, 140) AS n
WHERE extract(isodow FROM current_date - 140 + n) < 6 OR n = 140;

INSERT INTO lessons (school_id, id, name, class_name, weekdays, starts, ends, opens_before, grace, valid_from)
SELECT school, gen_random_uuid(), 'Lesson ' || l, 'C' || to_char(c, 'FM000'), ARRAY[1 + (c + l) % 5]::smallint[],
    time '07:00' + l * interval '1 hour', time '07:45' + l * interval '1 hour', '15 minutes', '10 minutes', current_date + 60
FROM s, generate_series(0, 333) AS c, generate_series(0, 5) AS l;

INSERT INTO class_sessions (school_id, id, name, opens_at, starts_at, grace, ends_at, settled_at)
SELECT school, gen_random_uuid(), 'C' || to_char(c, 'FM000'), at - interval '15 minutes', at, '10 minutes', at + interval '6 hours',
    CASE WHEN day < current_date THEN at + interval '6 hours' END
FROM s, generate_series(0, 333) AS c, days, LATERAL (SELECT CASE WHEN day < current_date THEN day + time '07:00'
    ELSE greatest(now() - interval '1 hour', current_date) END AS at) AS t;

INSERT INTO class_session_students (school_id, session_id, student_id)
SELECT c.school_id, c.id, p.id FROM class_sessions AS c JOIN students AS p ON p.school_id = c.school_id AND p.class_name = c.name;

INSERT INTO attendance_records (school_id, id, student_id, session_id, at, status, origin, needs_review, evidence)
SELECT r.school_id, gen_random_uuid(), r.student_id, r.session_id,
    c.starts_at + CASE WHEN r.dice < 0.92 THEN r.dice * interval '9 minutes' WHEN r.dice < 0.97 THEN r.dice * interval '40 minutes'
        ELSE interval '6 hours' END,
    CASE WHEN r.dice < 0.92 THEN 'present' WHEN r.dice < 0.97 THEN 'late' ELSE 'absent' END,
    CASE WHEN r.dice < 0.97 THEN 'camera' ELSE 'schedule' END, r.dice < 0.0005,
    CASE WHEN r.dice < 0.97 THEN '{"distance":0.31,"similarity":0.6412,"device_id":"gate-1"}' ELSE '{}' END::jsonb
FROM (SELECT *, random() AS dice FROM class_session_students) AS r
JOIN class_sessions AS c ON c.school_id = r.school_id AND c.id = r.session_id
WHERE c.settled_at IS NOT NULL OR r.dice < 0.5
ORDER BY c.starts_at;

INSERT INTO attendance_days (school_id, student_id, date, first_seen, last_seen, hits)
SELECT school_id, student_id, at::date, min(at), max(at), 1 FROM attendance_records WHERE status <> 'absent' GROUP BY 1, 2, 3;

CREATE TEMP TABLE told AS SELECT school_id, gen_random_uuid() AS event, gen_random_uuid() AS delivery, student_id, at,
    row_number() OVER (PARTITION BY student_id ORDER BY at) AS n FROM attendance_records ORDER BY at DESC LIMIT 100000;
INSERT INTO events (school_id, id, type, student_key, sequence, payload, created_at)
SELECT school_id, event, 'attendance.recognized', student_id, n, '{"event":"attendance.recognized"}', at FROM told;
INSERT INTO outbox (school_id, id, event_id, endpoint_id, student_key, created_at, attempts, next_attempt_at, status, settled_at)
SELECT school_id, delivery, event, '00000000-0000-7000-8000-00000000000a', student_id, at, 1, at, CASE WHEN n % 50 = 0 THEN 'dead' ELSE 'sent' END,
    at FROM told;
INSERT INTO delivery_attempts (school_id, delivery_id, number, at, latency_ms, http_status, message)
SELECT school_id, delivery, 1, at, 12, 200, '{"ok":true}' FROM told;

INSERT INTO audit (school_id, id, actor, action, subject)
SELECT school, gen_random_uuid(), 'key bench', (ARRAY['student.saved','attendance.marked','students.listed'])[1 + n % 3], 'S' || n % 10000
FROM s, generate_series(1, 50000) AS n;
