using System.Net;
using System.Text.Json;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>GET /api/v1/reports/attendance.</summary>
public sealed class ReportTests
{
    private const string Span = "from=2032-03-01&to=2032-03-31";

    private RunningServer _server = null!;

    // Two lessons on the 1st and one on the 2nd: rep1 is late twice, by 12 and by 5 minutes, and sick; rep2 comes, is absent, and comes,
    // which waits for a look. rep3 has no class session: seen three times on the 1st, and by hand absent on the 31st, in its last second.
    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await SharedServer.GetAsync();
        await _server.Database.ExecuteAsync(
            """
            INSERT INTO students (school_id, id, full_name, class_name)
            SELECT id, s.* FROM schools, (VALUES ('rep1', '=1+1', 'R7'), ('rep2', 'Budi', 'R7'), ('rep3', 'Cici', 'R8')) AS s;
            INSERT INTO class_sessions (school_id, id, name, opens_at, starts_at, grace, ends_at, settled_at)
            SELECT s.id, ('00000000-0000-0000-0000-00000000010' || n)::uuid, 'R', at, at, '10 minutes', at + interval '45 minutes', at
            FROM schools AS s, (VALUES
                (1, timestamptz '2032-03-01T07:00Z'), (2, '2032-03-01T08:00Z'), (3, '2032-03-02T07:00Z')) AS t (n, at);
            INSERT INTO attendance_records (school_id, id, student_id, session_id, at, status, origin, needs_review, evidence)
            SELECT s.id, gen_random_uuid(), r.student,
                CASE WHEN r.n > 0 THEN ('00000000-0000-0000-0000-00000000010' || r.n)::uuid END, r.at, r.status, 'manual', r.review, '{"reason":"x"}'
            FROM schools AS s, (VALUES
                ('rep1', 1, timestamptz '2032-03-01T07:12Z', 'late', false), ('rep1', 2, '2032-03-01T08:05Z', 'late', false),
                ('rep1', 3, '2032-02-27T09:00Z', 'sick', false), ('rep1', 0, '2032-03-01T06:50Z', 'present', false),
                ('rep2', 1, '2032-03-01T07:01Z', 'present', false), ('rep2', 2, '2032-03-01T08:45Z', 'absent', false),
                ('rep2', 3, '2032-03-02T07:01Z', 'present', true),
                ('rep3', 0, '2032-03-01T07:00Z', 'present', false), ('rep3', 0, '2032-03-01T12:00Z', 'present', false),
                ('rep3', 0, '2032-03-01T23:59Z', 'present', false), ('rep3', 0, '2032-03-31T23:59:59.9Z', 'absent', false))
                AS r (student, n, at, status, review);
            """);
    }

    [OneTimeTearDown]
    public Task CleanAsync() => _server.Database.ExecuteAsync(
        "DELETE FROM attendance_records WHERE student_id LIKE 'rep_'; DELETE FROM class_sessions WHERE name = 'R'");

    [Test]
    public async Task Get_ByStudent_BeginsWithWhoIsOftenLate()
    {
        var report = (await _server.GetAsync($"/api/v1/reports/attendance?{Span}")).Json;

        Assert.That(report.GetProperty("group_by").GetString(), Is.EqualTo("student"));
        Assert.That(Rows(report, "student_id"), Is.EqualTo(new[]
        {
            "rep1: present 0, late 2, absent 0, excused 0, sick 1, needs_review 0, minutes_late 17, rate 0.6667",
            "rep2: present 2, late 0, absent 1, excused 0, sick 0, needs_review 1, minutes_late 0, rate 0.6667",
            "rep3: present 1, late 0, absent 1, excused 0, sick 0, needs_review 0, minutes_late 0, rate 0.5",
        }));
        Assert.That(Line(report.GetProperty("totals")),
            Is.EqualTo("present 3, late 2, absent 2, excused 0, sick 1, needs_review 1, minutes_late 17, rate 0.625"));
        Assert.That(report.GetProperty("total").GetInt32(), Is.EqualTo(3));
    }

    [Test]
    public async Task Get_ByClassAndByDay_CountsTheSame()
    {
        var classes = (await _server.GetAsync($"/api/v1/reports/attendance?{Span}&group_by=class&order=absent")).Json;
        var days = (await _server.GetAsync($"/api/v1/reports/attendance?{Span}&group_by=day&class_name=R7")).Json;

        Assert.That(Rows(classes, "class_name"), Is.EqualTo(new[]
        {
            "R7: present 2, late 2, absent 1, excused 0, sick 1, needs_review 1, minutes_late 17, rate 0.6667",
            "R8: present 1, late 0, absent 1, excused 0, sick 0, needs_review 0, minutes_late 0, rate 0.5",
        }));
        Assert.That(Rows(days, "date"), Is.EqualTo(new[]
        {
            "2032-03-01: present 1, late 2, absent 1, excused 0, sick 0, needs_review 0, minutes_late 17, rate 0.75",
            "2032-03-02: present 1, late 0, absent 0, excused 0, sick 1, needs_review 1, minutes_late 0, rate 0.5",
        }));
    }

    [Test]
    public async Task Get_APage_HasTheTotalsOfAll()
    {
        var page = (await _server.GetAsync($"/api/v1/reports/attendance?{Span}&order=name&limit=1&offset=1")).Json;
        var behind = (await _server.GetAsync($"/api/v1/reports/attendance?{Span}&offset=10")).Json;
        var nothing = (await _server.GetAsync("/api/v1/reports/attendance?from=2033-01-01&to=2033-01-01")).Json;

        Assert.That(Rows(page, "student_id").Single(), Does.StartWith("rep2"));
        Assert.That((page.GetProperty("total").GetInt32(), behind.GetProperty("total").GetInt32()), Is.EqualTo((3, 3)));
        Assert.That(behind.GetProperty("items").GetArrayLength(), Is.Zero);
        Assert.That(nothing.GetProperty("totals").GetProperty("rate").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task Csv_OfAReport_HasEveryRowAndNoFormula()
    {
        var csv = await _server.GetAsync($"/api/v1/reports/attendance.csv?{Span}");

        Assert.That(csv.ContentType, Does.StartWith("text/csv"));
        Assert.That(csv.Body.Split("\r\n"), Is.EqualTo(new[]
        {
            "student_id,full_name,class_name,present,late,absent,excused,sick,needs_review,minutes_late,rate",
            "rep1,'=1+1,R7,0,2,0,0,1,0,17,0.6667", "rep2,Budi,R7,2,0,1,0,0,1,0,0.6667", "rep3,Cici,R8,1,0,1,0,0,0,0,0.5", "",
        }));
    }

    [TestCase("from=2032-03-02&to=2032-03-01", "to must not be before from")]
    [TestCase("from=2030-01-01&to=2032-03-01", "400 days")]
    [TestCase("group_by=room", "student")]
    [TestCase("order=age", "late")]
    [TestCase("from=spring", "2026-01-05")]
    public async Task Get_Bad_SaysWhatAndWhy(string query, string said)
    {
        var refused = await _server.GetAsync($"/api/v1/reports/attendance?{query}");

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.BadRequest), refused.Body);
        Assert.That(refused.Json.GetProperty("code").GetString(), Is.EqualTo("request.invalid_field"));
        Assert.That(refused.Body, Does.Contain(said));
    }

    private static string[] Rows(JsonElement report, string key) =>
        [.. report.GetProperty("items").EnumerateArray().Select(r => $"{r.GetProperty(key).GetString()}: {Line(r.GetProperty("counts"))}")];

    private static string Line(JsonElement counts) =>
        string.Join(", ", counts.EnumerateObject().Select(c => $"{c.Name} {c.Value.GetRawText()}"));
}
