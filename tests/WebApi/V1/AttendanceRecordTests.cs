using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using FaceAttendance.Domain.Attendance;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>/api/v1/attendance and /api/v1/attendance.csv, of a school in Berlin.</summary>
public sealed class AttendanceRecordTests
{
    private const string Header =
        "date,time,at,student_id,full_name,class_name,status,origin,needs_review,class_session,class_session_id,record_id";

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await RunningServer.StartAsync("SCHOOL_TIME_ZONE=Europe/Berlin");

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Export_DaysOnWhichTheClockChanges_HoldWhatTheClockShowedWithItsOffset()
    {
        await AddAsync("dst", "Dita", "9A");
        // Before the day, its ends, and around both changes of the clock.
        foreach (var at in new[]
        {
            "2025-03-29T22:59:59Z", "2025-03-29T23:00:00Z", "2025-03-30T00:59:59Z", "2025-03-30T01:00:00Z", "2025-03-30T21:59:59Z",
            "2025-03-30T22:00:00Z",
            "2025-10-25T21:59:59Z", "2025-10-25T22:00:00Z", "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", "2025-10-26T22:59:59Z",
            "2025-10-26T23:00:00Z",
        })
        {
            await RecordAsync("dst", at);
        }

        var spring = await CsvAsync("from=2025-03-30&to=2025-03-30&student_id=dst");
        var autumn = await CsvAsync("from=2025-10-26&to=2025-10-26&student_id=dst");

        Assert.That(spring.Select(r => string.Join(' ', r[..3])), Is.EqualTo(new[]
        {
            "2025-03-30 00:00:00 2025-03-30T00:00:00+01:00", "2025-03-30 01:59:59 2025-03-30T01:59:59+01:00",
            "2025-03-30 03:00:00 2025-03-30T03:00:00+02:00", "2025-03-30 23:59:59 2025-03-30T23:59:59+02:00",
        }));
        Assert.That(autumn.Select(r => string.Join(' ', r[..3])), Is.EqualTo(new[]
        {
            "2025-10-26 00:00:00 2025-10-26T00:00:00+02:00", "2025-10-26 02:30:00 2025-10-26T02:30:00+02:00",
            "2025-10-26 02:30:00 2025-10-26T02:30:00+01:00", "2025-10-26 23:59:59 2025-10-26T23:59:59+01:00",
        }));
    }

    [Test]
    public async Task Export_HostileTexts_AreDefusedAndKeepTheirPlace()
    {
        await AddAsync("-evil", "=HYPERLINK(\"http://x\",\"click\")", "@7B;=1+1\n+2");
        await RecordAsync("-evil", "2024-02-01T07:00:00Z");

        var answer = await _server.GetAsync("/api/v1/attendance.csv?student_id=-evil");

        var rows = Parse(answer.Body);
        Assert.That(rows[1][3..6], Is.EqualTo(new[] { "'-evil", "'=HYPERLINK(\"http://x\",\"click\")", "'@7B;'=1+1\n'+2" }));
        Assert.That(
            answer.Body, Does.StartWith(Header + "\r\n2024-02-01,08:00:00,2024-02-01T08:00:00+01:00,'-evil,\"'=HYPERLINK(\"\"http"));
        Assert.That(answer.Body, Does.EndWith("\r\n"));
        Assert.That(answer.ContentType, Is.EqualTo("text/csv; charset=utf-8; header=present"));
    }

    [Test]
    public async Task Export_RandomTexts_ComeBackAsTheyWere()
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        const string Alphabet = "aé中😀 ,;\"'\n\r\tb";
        var names = Enumerable.Range(0, 50)
            .Select(i => "n" +
                string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => Alphabet.EnumerateRunes().ElementAt(random.Next(13))))
                    .Trim() + "n").ToArray();
        var roster = "student_id,full_name\r\n" +
            string.Concat(names.Select((n, i) => $"random{i:00},\"{n.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\r\n"));

        var imported = await _server.PostAsync("/api/v1/students/import", new StringContent(roster, Encoding.UTF8, "text/csv"));
        for (var i = 0; i < names.Length; i++) await RecordAsync($"random{i:00}", $"2024-03-01T07:00:{i:00}Z");
        var rows = await CsvAsync("from=2024-03-01&to=2024-03-01");

        Assert.That(imported.Body, Does.Contain($"\"created\":{names.Length}"), imported.Body);
        // Line ends may look like the start of a cell to a spreadsheet, so what follows them is defused.
        Assert.That(rows.Select(r => r[4]), Is.EqualTo(names.Select(WebApi.V1.SpreadsheetText.Defuse)));
    }

    [Test]
    public async Task List_PageAfterPage_GivesEveryRecordOnceInOrder()
    {
        await AddAsync("pages", "Putri", "9B");
        for (var i = 0; i < 5; i++) await RecordAsync("pages", "2024-05-01T07:00:00Z");
        await RecordAsync("pages", "2024-05-01T06:59:59Z");

        var seen = new List<string>();
        var cursor = "";
        do
        {
            var page = await _server.GetAsync($"/api/v1/attendance?student_id=pages&limit=2{cursor}");
            Assert.That(page.Status, Is.EqualTo(HttpStatusCode.OK), page.Body);
            seen.AddRange(page.Json.GetProperty("items").EnumerateArray().Select(i => $"{i.GetProperty("at")} {i.GetProperty("id")}"));
            cursor = page.Json.GetProperty("next_cursor") is { ValueKind: JsonValueKind.String } next ? $"&cursor={next}" : "";
        }
        while (cursor.Length > 0);

        Assert.That(seen, Has.Count.EqualTo(6).And.Unique.And.Ordered);
        var exported = await CsvAsync("student_id=pages");
        Assert.That(exported.Select(r => r[^1]), Is.EqualTo(seen.Select(s => s.Split(' ')[1])));
    }

    [Test]
    public async Task List_Filters_LetThroughWhatTheyName()
    {
        await AddAsync("filter1", "Fitri", "8A");
        await AddAsync("filter2", "Farid", "8B");
        await RecordAsync("filter1", "2024-06-01T07:00:00Z", "present", "camera");
        await RecordAsync("filter1", "2024-06-02T07:00:00Z", "late", "check_in");
        await RecordAsync("filter2", "2024-06-03T07:00:00Z", "absent", "manual");

        async Task<int> CountAsync(string query) => (await CsvAsync("from=2024-06-01&to=2024-06-30&" + query)).Length;

        Assert.That(await CountAsync(""), Is.EqualTo(3));
        Assert.That(await CountAsync("class_name=8A"), Is.EqualTo(2));
        Assert.That(await CountAsync("status=late"), Is.EqualTo(1));
        Assert.That(await CountAsync("origin=manual&class_name=8B"), Is.EqualTo(1));
        Assert.That(await CountAsync("student_id=filter2&status=present"), Is.Zero);
        Assert.That(await CountAsync($"class_session_id={Guid.NewGuid()}"), Is.Zero);
        Assert.That(await CsvAsync("from=2024-06-01T07:00:00Z&to=2024-06-02T09:00:00%2B02:00"), Has.Length.EqualTo(1),
            "an instant's end is not included");
    }

    [TestCase("from=05.01.2026", "from")]
    [TestCase("to=2026-01-05T07:00:00", "to")]
    [TestCase("student_id=a%20b", "student_id")]
    [TestCase("status=here", "status")]
    [TestCase("origin=gate", "origin")]
    [TestCase("class_session_id=1", "class_session_id")]
    [TestCase("cursor=xyz", "cursor")]
    [TestCase("limit=0", "limit")]
    public async Task List_BadQuery_IsNamed(string query, string field)
    {
        var answer = await _server.GetAsync("/api/v1/attendance?" + query);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest), answer.Body);
        Assert.That(answer.Json.GetProperty("errors").EnumerateObject().Select(e => e.Name), Is.EqualTo(new[] { field }));
    }

    [TestCase("text/csv", "text/csv")]
    [TestCase("application/json;q=0.5, text/csv", "text/csv")]
    [TestCase("text/csv;q=0.5, application/json", "application/json")]
    [TestCase("*/*", "application/json")]
    public async Task List_Accept_DecidesTheFormat(string accept, string type)
    {
        var answer = await _server.SendAsync(HttpMethod.Get, "/api/v1/attendance?limit=1", ("Accept", accept));

        Assert.That(answer.ContentType, Does.StartWith(type));
    }

    [Test]
    public async Task Export_WithMark_BeginsWithIt()
    {
        var bytes = await _server.Http.GetByteArrayAsync("/api/v1/attendance.csv?bom=true&student_id=nobody");

        Assert.That(bytes, Is.EqualTo((byte[])[0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Header + "\r\n")]));
    }

    private async Task<string[][]> CsvAsync(string query)
    {
        var answer = await _server.GetAsync("/api/v1/attendance.csv?" + query);
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Body);
        var rows = Parse(answer.Body);
        Assert.That(string.Join(',', rows[0]), Is.EqualTo(Header));
        return rows[1..];
    }

    /// <summary>RFC 4180 to the letter, by nobody's library.</summary>
    private static string[][] Parse(string csv)
    {
        var (rows, row, field, i) = (new List<string[]>(), new List<string>(), new StringBuilder(), 0);
        while (i < csv.Length)
        {
            if (csv[i] == '"')
            {
                for (i++; csv[i] != '"' || (i + 1 < csv.Length && csv[i + 1] == '"'); i++)
                {
                    if (csv[i] == '"') i++;
                    field.Append(csv[i]);
                }
                i++;
            }
            else
            {
                while (csv[i] is not (',' or '\r')) field.Append(csv[i++]);
            }
            row.Add(field.ToString());
            field.Clear();
            if (csv[i] == ',')
            {
                i++;
                continue;
            }
            Assert.That(csv[i..(i + 2)], Is.EqualTo("\r\n"), $"at {i}");
            i += 2;
            rows.Add([.. row]);
            row.Clear();
        }
        return [.. rows];
    }

    private async Task AddAsync(string id, string name, string className) =>
        await _server.PostAsync("/students", Form.With(("student_id", id), ("full_name", name), ("class_name", className)));

    private Task<int> RecordAsync(string student, string at, string status = "present", string origin = "camera") =>
        _server.Database.ExecuteAsync(
        $$"""
        INSERT INTO attendance_records (school_id, id, student_id, at, status, origin, evidence)
        VALUES ('00000000-0000-7000-8000-000000000001', '{{RecordId.New()}}', '{{student}}',
            '{{DateTimeOffset.Parse(at, CultureInfo.InvariantCulture):O}}', '{{status}}', '{{origin}}', '{}')
        """);
}
