using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>/api/v1/students/import.</summary>
public sealed class ImportTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await RunningServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    private static IEnumerable<TestCaseData> SpreadsheetFiles()
    {
        static TestCaseData Case(string name, string csv, int line) => new TestCaseData(csv, line).SetArgDisplayNames(name);
        yield return Case("empty columns at the end", "student_id;full_name;;\r\n#;Ayu Lestari;;\r\n", 2);
        yield return Case("empty columns in the rows alone", "student_id,full_name\r\n#,Ayu Lestari,,\r\n", 2);
        yield return Case("sep=;", "sep=;\r\nstudent_id;full_name\r\n#;Ayu, Lestari\r\n", 3);
        yield return Case("sep=, after a mark, saved again", "\uFEFF\"sep=,\",,\nstudent_id,full_name,\n#,Ayu Lestari,\n", 3);
        yield return Case("sep= and a tab", "sep=\t\r\nstudent_id\tfull_name\t\t\r\n#\tAyu; a, b; c, d\t\t\r\n", 3);
    }

    [TestCaseSource(nameof(SpreadsheetFiles))]
    public async Task Import_AsASpreadsheetWritesIt_IsRead(string csv, int line)
    {
        var id = $"sheet-{Guid.NewGuid():N}";
        using var content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(csv.Replace("#", id)));
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");

        var report = await _server.PostAsync("/api/v1/students/import", content);

        Assert.That(report.Status, Is.EqualTo(HttpStatusCode.OK), report.Body);
        Assert.That(report.Body, Does.StartWith($$"""{"line":{{line}},"student_id":"{{id}}","outcome":"created"}"""));
    }

    [Test]
    public async Task Import_BareCsv_StoresTheStudentsAndReportsEachLine()
    {
        var report =
            await ImportAsync(
                "student_id,full_name,birth_date,class_name,address\r\nbare1,Ayu Lestari,2010-04-21,7B,\"Jl. Mawar " +
                "1,\r\nMalang\"\r\nbare2,Citra,,,\r\n");

        Assert.That(report.Lines, Is.EqualTo(new[] { "2 bare1 created", "4 bare2 created" }));
        Assert.That(
            report.Summary,
            Is.EqualTo(
                """{"rows":2,"created":2,"updated":0,"unchanged":0,"refused":0,"photos":{"enrolled":0,"already_enrolled":0,"found":0,"refused":0},"dry_run":false}"""));
        Assert.That(
            (await _server.GetAsync("/api/v1/students/bare1")).Body,
            Does.StartWith(
                """{"id":"bare1","full_name":"Ayu Lestari","birth_date":"2010-04-21","class_name":"7B","address":"Jl. Mawar 1,\r\nMalang","embedding_count":0"""));
    }

    [Test]
    public async Task Import_SameAgainAndThenChanged_SaysWhatChanged()
    {
        const string Roster = "student_id,full_name,class_name\nsame1,One,7A\nsame2,Two,7A\n";
        await ImportAsync(Roster);

        var again = await ImportAsync(Roster);
        var changed = await ImportAsync("student_id,full_name,class_name\nsame1,One,\nsame2,Two,7B\nsame3,Three,7B\n");

        Assert.That(again.Lines, Is.EqualTo(new[] { "2 same1 unchanged", "3 same2 unchanged" }));
        Assert.That(changed.Lines, Is.EqualTo(new[] { "2 same1 unchanged", "3 same2 updated", "4 same3 created" }));
        Assert.That((await _server.GetAsync("/api/v1/students/same1")).Json.GetProperty("class_name").GetString(), Is.EqualTo("7A"),
            "an empty field keeps what is stored");
    }

    [Test]
    public async Task Import_BadRowsAmongGoodOnes_StopNoOther()
    {
        var report = await ImportAsync(
            "student_id,full_name,birth_date\n" +
            "good1,Good One,2010-04-21\n" +
            "bad id,Spaces,\n" +
            "good1,Again,\n" +
            "noname,,\n" +
            "date,Wrong Date,21.04.2010\n" +
            "future,Not Born,2999-01-01\n" +
            "few,Fields\n" +
            "quote,\"Half\" quoted,\n" +
            "\n" +
            ",,\n" +
            "control,A\u0001B,\n" +
            $"long,{new string('x', 201)},\n" +
            "good2,Good Two,\n");

        Assert.That(report.Lines, Is.EqualTo(new[]
        {
            "2 good1 created",
            "3 bad id refused request.invalid_field",
            "4 good1 refused roster.repeated_student",
            "5 noname refused request.invalid_field",
            "6 date refused request.invalid_field",
            "7 future refused request.invalid_field",
            "8 few refused roster.unreadable_row",
            "9  refused roster.unreadable_row",
            "12 control refused request.invalid_field",
            "13 long refused request.invalid_field",
            "14 good2 created",
        }));
        Assert.That(report.Messages[1], Is.EqualTo("The student stands in line 2 already; leave one of the two."));
        Assert.That(report.Messages[3], Does.Contain("YYYY-MM-DD"));
    }

    [TestCase("\uFEFFstudent_id;full_name;class_name\r\nexcel1;\"Ayu; Lestari\";7B\r\n", "excel1", "Ayu; Lestari",
        TestName = "Import_SemicolonsWithByteOrderMark_AreRead")]
    [TestCase("Class Name\tFull Name\tStudent ID\n7B\tAyu Lestari\texcel2", "excel2", "Ayu Lestari",
        TestName = "Import_TabsAndOtherOrderAndSpacesInNames_AreRead")]
    [TestCase("student_id,full_name\rexcel3,\"Ayu \"\"Yu\"\" Lestari\"", "excel3", "Ayu \"Yu\" Lestari",
        TestName = "Import_OldLineEndsAndDoubledQuotes_AreRead")]
    [TestCase("student_id,full_name\nformula,=HYPERLINK(\"x\")", null, null, TestName = "Import_QuoteInsideAnUnquotedField_IsRefused")]
    [TestCase("student_id,full_name\nformula,=1+1\n", "formula", "=1+1", TestName = "Import_Formula_IsKeptAsItIs")]
    public async Task Import(string csv, string? id, string? name)
    {
        var report = await ImportAsync(csv);

        if (id is null)
        {
            Assert.That(report.Lines.Single(), Does.Contain("refused"));
            return;
        }
        Assert.That(report.Lines, Is.EqualTo(new[] { $"2 {id} created" }));
        Assert.That((await _server.GetAsync($"/api/v1/students/{id}")).Json.GetProperty("full_name").GetString(), Is.EqualTo(name));
    }

    [TestCase("", "cannot be read")]
    [TestCase("siswaA,Ayu Lestari\n", "column 1 has a name that is not known")]
    [TestCase("student_id,full_name,birthdate\n", "column 3 has a name that is not known")]
    [TestCase("student_id,full_name,full_name\n", "full_name stands there twice")]
    [TestCase("student_id,class_name\n", "full_name is missing")]
    public async Task Import_BadHeader_Is400AndSaysWhichColumnWithoutItsText(string csv, string what)
    {
        var answer = await PostAsync(csv);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest), answer.Body);
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo("roster.invalid_header"));
        Assert.That(answer.Json.GetProperty("detail").GetString(), Does.Contain(what));
        Assert.That(answer.Body, Does.Not.Contain("Lestari"));
    }

    [Test]
    public async Task Import_OtherEncoding_Is400WithTheRemedy()
    {
        var answer = await PostAsync(Encoding.Latin1.GetBytes("student_id,full_name\nlatin,Andr\u00e9\n"));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo("roster.wrong_encoding"));
        Assert.That(answer.Json.GetProperty("detail").GetString(), Does.Contain("CSV UTF-8"));
    }

    [Test]
    public async Task Import_DryRun_SaysWhatWouldHappenAndStoresNothing()
    {
        await ImportAsync("student_id,full_name\ndry1,Before\n");

        var dry = await ImportAsync("student_id,full_name\ndry1,After\ndry2,New\ndry 3,Bad\n", "?dry_run=true");

        Assert.That(dry.Lines, Is.EqualTo(new[] { "2 dry1 updated", "3 dry2 created", "4 dry 3 refused request.invalid_field" }));
        Assert.That(dry.Summary, Does.EndWith("\"dry_run\":true}"));
        Assert.That((await _server.GetAsync("/api/v1/students/dry1")).Json.GetProperty("full_name").GetString(), Is.EqualTo("Before"));
        Assert.That((await _server.GetAsync("/api/v1/students/dry2")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Import_WithPhotos_EnrolsThemOnceAndSaysWhatIsWrongWithTheRest()
    {
        const string Roster =
            "student_id,full_name,photo\nzip1,One,portraits/ayu.png\nzip2,Two,\nzip3,Three,missing.jpg\nzip4,Four,\n" +
            "zip5,Five,twice.png\nzip6,Six,wall.png\nzip7,Seven,..\\..\\etc\\passwd\n";
        var photos = Zip(
            ("portraits/", []), ("portraits/ayu.png", DrawnFaces.Portrait(DrawnPerson.Ayu)),
            ("ZIP2.PNG", DrawnFaces.Portrait(DrawnPerson.Citra)),
            ("a/twice.png", DrawnFaces.Portrait(DrawnPerson.Dewa)), ("b/twice.png", DrawnFaces.Portrait(DrawnPerson.Dewa)),
            ("wall.png", DrawnFaces.Empty()), ("__MACOSX/._zip4.png", [1]));

        var dry = await ImportAsync(Roster, photos, dryRun: true);
        var first = await ImportAsync(Roster, photos);
        var again = await ImportAsync(Roster, photos);

        Assert.That(dry.Lines[..2], Is.EqualTo(new[] { "2 zip1 created found", "3 zip2 created found" }));
        Assert.That(first.Lines, Is.EqualTo(new[]
        {
            "2 zip1 created enrolled", "3 zip2 created enrolled", "4 zip3 created refused photo.not_found", "5 zip4 created",
            "6 zip5 created refused photo.ambiguous_name", "7 zip6 created refused enrollment.no_face",
            "8 zip7 created refused photo.not_found",
        }));
        Assert.That(again.Lines[..2], Is.EqualTo(new[] { "2 zip1 unchanged already_enrolled", "3 zip2 unchanged already_enrolled" }));
        Assert.That(again.Summary, Does.Contain("\"photos\":{\"enrolled\":0,\"already_enrolled\":2,\"found\":0,\"refused\":4}"));
        Assert.That((await _server.GetAsync("/api/v1/students/zip1")).Json.GetProperty("embedding_count").GetInt32(), Is.EqualTo(1));
        var face = (await _server.GetAsync("/api/v1/students/zip1/faces")).Json.GetProperty("items")[0];
        Assert.That((face.GetProperty("enrolled_by").GetString(), face.GetProperty("imported").GetBoolean()), Is.EqualTo(("local", true)));
    }

    [Test]
    public async Task Import_ZipBombs_AreRefusedRowByRow()
    {
        const string Roster = "student_id,full_name\nbomb1,One\nbomb2,Two\nbomb3,Three\n";
        var zeros = new byte[20 * 1024 * 1024];
        var photos = Zip(("bomb1.jpg", zeros), ("bomb2.jpg", zeros), ("bomb3.png", DrawnFaces.Portrait(DrawnPerson.Dewa)));

        var report = await ImportAsync(Roster, photos);

        Assert.That(photos, Has.Length.LessThan(1_000_000));
        Assert.That(report.Lines, Is.EqualTo(new[]
        {
            "2 bomb1 created refused photo.too_large", "3 bomb2 created refused photo.too_large", "4 bomb3 created refused photo.too_large",
        }));
    }

    [Test]
    public async Task Import_NoZip_Is400([Values("text", "", "PK\u0005\u0006")] string archive)
    {
        var answer = await PostAsync("student_id,full_name\nnozip,One\n", Encoding.UTF8.GetBytes(archive));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest), answer.Body);
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo("photo.invalid_archive"));
        Assert.That((await _server.GetAsync("/api/v1/students/nozip")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Import_NoFile_NamesTheField()
    {
        var answer = await _server.PostAsync("/api/v1/students/import", Form.With(("dry_run", "true")));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Json.GetProperty("errors").EnumerateObject().Select(e => e.Name), Is.EqualTo(new[] { "roster" }));
    }

    private async Task<Report> ImportAsync(string csv, string query = "") => Report.Of(await PostAsync(Encoding.UTF8.GetBytes(csv), query));

    private async Task<Report> ImportAsync(string csv, byte[] photos, bool dryRun = false) =>
        Report.Of(await PostAsync(csv, photos, dryRun));

    private Task<Answer> PostAsync(string csv, byte[] photos, bool dryRun = false) => _server.PostAsync(
        "/api/v1/students/import",
        Form.With(("dry_run", dryRun ? "true" : "false")).File("roster", Encoding.UTF8.GetBytes(csv), "roster.csv")
            .File("photos", photos, "photos.zip"));

    private Task<Answer> PostAsync(string csv) => PostAsync(Encoding.UTF8.GetBytes(csv));

    private Task<Answer> PostAsync(byte[] csv, string query = "")
    {
        var body = new ByteArrayContent(csv);
        body.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        return _server.PostAsync("/api/v1/students/import" + query, body);
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] files)
    {
        using var zip = new MemoryStream();
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(content);
            }
        }
        return zip.ToArray();
    }

    /// <param name="Lines">Line, student, outcome, the photo's outcome and the code, as far as they are there.</param>
    private sealed record Report(string[] Lines, string[] Messages, string Summary)
    {
        public static Report Of(Answer answer)
        {
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Body);
            Assert.That(answer.ContentType, Is.EqualTo("application/x-ndjson"));
            var objects = answer.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)
                .ToArray();
            return new(
                [.. objects[..^1].Select(o => string.Join(' ', new[] { "line", "student_id", "outcome", "photo", "code" }
                    .Where(name => o.TryGetProperty(name, out _)).Select(name => o.GetProperty(name).ToString())))],
                [.. objects[..^1].Where(o => o.TryGetProperty("message", out _)).Select(o => o.GetProperty("message").GetString()!)],
                objects[^1].GetProperty("summary").GetRawText());
        }
    }
}
