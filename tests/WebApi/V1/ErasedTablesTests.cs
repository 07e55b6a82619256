using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>Every column that names a student, whoever adds it: an erasure leaves nothing there.</summary>
public sealed class ErasedTablesTests
{
    private const string Pupil = "pupil-4711";
    private const string Other = "pupil-4712";

    // By their names, and the two that are called otherwise.
    private const string Columns =
        """
        SELECT string_agg(table_name || '.' || column_name, ' ' ORDER BY table_name, column_name) FROM information_schema.columns
        WHERE table_schema = 'public' AND data_type IN ('character varying', 'text')
            AND (column_name LIKE '%student%' OR (table_name, column_name) IN (('students', 'id'), ('audit_words', 'other_id')))
        """;

    [Test]
    public async Task Erasure_EveryColumnThatNamesAStudent_IsFreeOfThem()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await RunningServer.StartAsync($"ATTENDANCE_WEBHOOK_URL={receiver.Url}");
        await FillAsync(server);
        var columns = (await server.Database.ReadAsync<string>(Columns))!.Split(' ');

        var before = await CountAsync(server, columns);
        await server.PostAsync($"/api/v1/students/{Pupil}/erasure", null);
        var after = await CountAsync(server, columns);

        Assert.That(before.Where(c => c.Rows == 0).Select(c => c.Column), Is.Empty,
            "This test has to put a row of the student there, so that it sees whether StudentRights takes it away.");
        Assert.That(after.Where(c => c.Rows > 0).Select(c => c.Column), Is.Empty, "StudentRights has to take these away.");
        var named = (await server.Database.DumpAsync()).Split('\n').Count(line => line.Contains(Pupil, StringComparison.Ordinal));
        Assert.That(named,
            Is.EqualTo(await server.Database.ReadAsync<long>($"SELECT count(*) FROM audit WHERE audit::text LIKE '%{Pupil}%'")),
            "only the audit log bears the id");
    }

    [Test]
    public async Task Privacy_WhatIsKept_NamesEveryTableThatNamesAStudent()
    {
        var server = await SharedServer.GetAsync();
        var tables = (await server.Database.ReadAsync<string>(Columns))!.Split(' ').Select(c => c.Split('.')[0]).Distinct();
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "FaceAttendance.sln"))) root = root.Parent!;
        var page = await File.ReadAllTextAsync(Path.Combine(root.FullName, "docs", "privacy.md"));
        var kept = page[page.IndexOf("## What is kept", StringComparison.Ordinal)..page.IndexOf("## Consent", StringComparison.Ordinal)];

        Assert.That(tables.Where(t => !kept.Contains($"`{t}`", StringComparison.Ordinal)), Is.Empty);
    }

    private static async Task FillAsync(RunningServer server)
    {
        await server.EnrollAsync(Pupil, DrawnFaces.Portrait(DrawnPerson.Ayu));
        await server.PostAsync("/enroll?override_duplicate=true",
            Form.With(("student_id", Other), ("reason", "Twins")).File("image", DrawnFaces.Portrait(DrawnPerson.Ayu, 1)));
        await server.AddUserAsync("sulastri", "student", Pupil);
        await server.Http.PutAsync($"/api/v1/students/{Pupil}/consent", RunningServer.Json("""{"state":"given","method":"paper"}"""));
        await server.PostAsync("/api/v1/class-sessions", RunningServer.Json(
            $$"""{"name":"7B","starts_at":"2999-01-05T07:00:00Z","ends_at":"2999-01-05T08:00:00Z","roster":["{{Pupil}}"]}"""));
        await server.PostAsync("/api/v1/timetable/lessons", RunningServer.Json(
            $$"""{"name":"Choir","weekdays":["monday"],"starts":"07:00","ends":"07:45","students":["{{Pupil}}"],"valid_from":"2999-01-01"}"""));
        using var mark = new HttpRequestMessage(HttpMethod.Post, "/api/v1/attendance/manual")
        {
            Content = RunningServer.Json($$"""{"student_id":"{{Pupil}}","status":"present","reason":"seen"}"""),
            Headers = { { "Idempotency-Key", "mark-1" } },
        };
        await server.Http.SendAsync(mark);
        // What takes a phone, a camera or a receiver that is away, as it lies in the database.
        await server.Database.ExecuteAsync(
            $"""
            INSERT INTO cooldowns (school_id, student_key, taken_at, event_id) SELECT id, '{Pupil}', now(), gen_random_uuid() FROM schools;
            INSERT INTO liveness_attempts (school_id, student_id, session_id, began_at) SELECT id, '{Pupil}', gen_random_uuid(), now()
            FROM schools;
            INSERT INTO liveness_pictures (school_id, student_id, session_id, contract, key_id, pictures)
            SELECT id, '{Pupil}', gen_random_uuid(), 'model', 'key', '' FROM schools;
            INSERT INTO location_fixes (school_id, id, student_id, device_id, place, accuracy_m, captured_at, received_at, mocked)
            SELECT id, gen_random_uuid(), '{Pupil}', 'phone-1', st_setsrid(st_makepoint(112, -7), 4326)::geography, 5, now(), now(), false
            FROM schools;
            INSERT INTO sighting_faces (school_id, id, student_id, contract, key_id, embedding, negative_id, other_student_id, revision)
            SELECT id, gen_random_uuid(), wrong, 'model', 'key', '', gen_random_uuid(), was, 1
            FROM schools, (VALUES ('{Pupil}', '{Other}'), ('{Other}', '{Pupil}')) AS students (wrong, was);
            INSERT INTO attendance_corrections (school_id, id, record_id, student_id, at, original, other_student_id, reason, corrected_by)
            SELECT id, gen_random_uuid(), gen_random_uuid(), wrong, now(), jsonb_build_object('student_id', wrong), was, 'was {Pupil}', 'local'
            FROM schools, (VALUES ('{Pupil}', '{Other}'), ('{Other}', '{Pupil}')) AS students (wrong, was);
            INSERT INTO event_sequences (school_id, student_key, last) SELECT id, '{Pupil}', 3 FROM schools ON CONFLICT DO NOTHING;
            INSERT INTO events (school_id, id, type, student_key, sequence, payload)
            SELECT id, gen_random_uuid(), 'attendance.recognized', '{Pupil}', n, '{Pupil}' FROM schools, generate_series(10, 12) n;
            INSERT INTO outbox (school_id, id, event_id, endpoint_id, student_key, attempts, next_attempt_at, status, last_message)
            SELECT school_id, gen_random_uuid(), id, gen_random_uuid(), student_key, 1, now() + interval '1 hour', (ARRAY['pending', 'dead',
                'sent'])[sequence - 9], '{Pupil}'
            FROM events WHERE sequence BETWEEN 10 AND 12;
            INSERT INTO delivery_attempts (school_id, delivery_id, number, at, latency_ms, http_status, message)
            SELECT school_id, id, 1, now(), 5, 200, 'stored {Pupil}' FROM outbox
            """);
    }

    private static async Task<List<(string Column, long Rows)>> CountAsync(RunningServer server, string[] columns)
    {
        var counted = new List<(string, long)>();
        foreach (var column in columns)
        {
            var (table, name) = (column.Split('.')[0], column.Split('.')[1]);
            counted.Add((column, await server.Database.ReadAsync<long>($"SELECT count(*) FROM {table} WHERE {name} = '{Pupil}'")));
        }
        return counted;
    }
}
