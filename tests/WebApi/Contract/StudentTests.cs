using System.Net;
using System.Text.RegularExpressions;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Contract;

/// <summary>/students and its resource-style relatives under /api/v1.</summary>
public sealed partial class StudentTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await RunningServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Upsert_NewStudent_IsStoredAsGiven()
    {
        var form = Form.With(
            ("student_id", "new"), ("full_name", "Ayu Lestari"), ("birth_date", "2010-04-21"), ("class_name", "7B"),
            ("address", "Jl. Mawar 1\nMalang"));

        var stored = await _server.PostAsync("/students", form);
        var found = await _server.GetAsync("/students/new");

        const string Student =
            """{"id":"new","full_name":"Ayu Lestari","birth_date":"2010-04-21","class_name":"7B","address":"Jl. Mawar 1\nMalang","embedding_count":0,"last_enrolled_at":null}""";
        Assert.That(stored.Body, Is.EqualTo($$"""{"ok":true,"student":{{Student}},"enrolled":0}"""));
        Assert.That(found.Body, Is.EqualTo($$"""{"ok":true,"student":{{Student}}}"""));
    }

    [Test]
    public async Task Upsert_KnownStudent_ChangesOnlyWhatIsGiven()
    {
        await _server.PostAsync("/students/", Form.With(("student_id", "known"), ("full_name", "Before"), ("class_name", "7A")));

        await _server.PostAsync("/students/", Form.With(("student_id", "known"), ("full_name", "After"), ("class_name", "")));

        var student = (await _server.GetAsync("/students/known/")).Json.GetProperty("student");
        Assert.That(student.GetProperty("full_name").GetString(), Is.EqualTo("After"));
        Assert.That(student.GetProperty("class_name").GetString(), Is.EqualTo("7A"));
    }

    [Test]
    public async Task Upsert_UrlEncoded_IsStored()
    {
        var answer =
            await _server.PostAsync("/students", new FormUrlEncodedContent([new("student_id", "plain"), new("full_name", "Plain Form")]));

        Assert.That(answer.Json.GetProperty("student").GetProperty("full_name").GetString(), Is.EqualTo("Plain Form"));
    }

    [Test]
    public async Task Upsert_WithPhoto_EnrolsIt()
    {
        var form = Form.With(("student_id", "withphoto"), ("full_name", "With Photo")).File("photo", DrawnFaces.Portrait(DrawnPerson.Ayu));

        var answer = await _server.PostAsync("/students", form);

        Assert.That(answer.Json.GetProperty("enrolled").GetInt32(), Is.EqualTo(1));
        var student = answer.Json.GetProperty("student");
        Assert.That(student.GetProperty("embedding_count").GetInt32(), Is.EqualTo(1));
        Assert.That(
            student.GetProperty("last_enrolled_at").GetDateTimeOffset(), Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(5)));
    }

    [Test]
    public async Task Upsert_PhotoNotToBeEnrolled_IsLeftAlone()
    {
        var form = Form.With(("student_id", "later"), ("full_name", "Later"), ("enroll_after_upload", "false"))
            .File("photo", DrawnFaces.Portrait(DrawnPerson.Dewa));

        var answer = await _server.PostAsync("/students", form);

        Assert.That(answer.Json.GetProperty("enrolled").GetInt32(), Is.Zero);
        Assert.That(answer.Json.GetProperty("student").GetProperty("embedding_count").GetInt32(), Is.Zero);
    }

    [Test]
    public async Task Upsert_PhotoOfNobody_StoresTheStudentAndSaysWhy()
    {
        var form = Form.With(("student_id", "nophoto"), ("full_name", "No Photo")).File("photo", DrawnFaces.Empty());

        var answer = await _server.PostAsync("/students", form);

        Assert.That(answer.Json.GetProperty("enrolled").GetInt32(), Is.Zero);
        Assert.That(answer.Json.GetProperty("photo_error").GetProperty("code").GetString(), Is.EqualTo("no_face"));
        Assert.That((await _server.GetAsync("/students/nophoto")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("full_name", "", "missing")]
    [TestCase("full_name", "201", "value_error")]
    [TestCase("class_name", "101", "value_error")]
    [TestCase("address", "501", "value_error")]
    [TestCase("full_name", "a\u0000b", "string_type")]
    [TestCase("birth_date", "2010-02-30", "date_parsing")]
    [TestCase("birth_date", "21.04.2010", "date_parsing")]
    [TestCase("birth_date", "1899-12-31", "value_error")]
    [TestCase("birth_date", "2999-01-01", "value_error")]
    [TestCase("enroll_after_upload", "perhaps", "bool_parsing")]
    [TestCase("photo", "text", "file_type")]
    public async Task Upsert_BadField_IsNamed(string field, string value, string type)
    {
        var text = int.TryParse(value, out var length) && length < 1000 ? new string('x', length) : value;
        var fields = new Dictionary<string, string> { ["student_id"] = "badfield", ["full_name"] = "Bad Field", [field] = text };

        var answer = await _server.PostAsync("/students", Form.With([.. fields.Select(f => (f.Key, f.Value))]));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity), answer.Body);
        var detail = answer.Json.GetProperty("detail")[0];
        Assert.That(detail.GetProperty("loc").ToString(), Is.EqualTo($"""["body","{field}"]"""));
        Assert.That(detail.GetProperty("type").GetString(), Is.EqualTo(type));
        Assert.That((await _server.GetAsync("/students/badfield")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task List_QueryAndPage_GivesThatPageAndTheTotal()
    {
        foreach (var i in Enumerable.Range(1, 5))
            await _server.PostAsync("/students", Form.With(("student_id", $"list{i}"), ("full_name", $"Listed {i}")));

        var page = await _server.GetAsync("/students?q=LISTED&limit=2&offset=1");

        Assert.That(page.Json.GetProperty("items").EnumerateArray().Select(s => s.GetProperty("id").GetString()),
            Is.EqualTo(new[] { "list2", "list3" }));
        Assert.That(page.Json.GetProperty("total").GetInt32(), Is.EqualTo(5));
        Assert.That(page.Body, Does.StartWith("""{"ok":true,"items":[{"id":"list2","full_name":"Listed 2","""));
    }

    [TestCase("/students?limit=0", "limit")]
    [TestCase("/students?limit=201", "limit")]
    [TestCase("/students?limit=ten", "limit")]
    [TestCase("/students?limit=1.5", "limit")]
    [TestCase("/students?offset=-1", "offset")]
    [TestCase("/students?offset=99999999999", "offset")]
    [TestCase("/students?q=%00", "q")]
    [TestCase("/attendance/today?limit=501", "limit")]
    [TestCase("/attendance/today?offset=-1", "offset")]
    [TestCase("/attendance/student/x?days=0", "days")]
    [TestCase("/attendance/student/x?days=61", "days")]
    public async Task AnyList_BadQuery_Is422AtItsPlace(string path, string field)
    {
        var answer = await _server.GetAsync(path);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.Json.GetProperty("detail")[0].GetProperty("loc").ToString(), Is.EqualTo($"""["query","{field}"]"""));
    }

    [TestCase("/students?q=%25")]
    [TestCase("/students?q=_")]
    [TestCase("/students?q='%3B--")]
    public async Task List_QueryOfSpecialCharacters_MatchesThemLiterally(string path)
    {
        var answer = await _server.GetAsync(path);

        Assert.That(answer.Body, Is.EqualTo("""{"ok":true,"items":[],"total":0}"""));
    }

    [Test]
    public async Task Find_UnknownStudent_IsTheContracts404()
    {
        var answer = await _server.GetAsync("/students/nobody");

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(answer.Body, Is.EqualTo("""{"ok":false,"msg":"Student not found"}"""));
    }

    [TestCase("/students/a%2Fb")]
    [TestCase("/students/..%2F..%2Fetc")]
    [TestCase("/students/a%20b")]
    [TestCase("/students/Unknown")]
    public async Task Find_IdAgainstTheRule_Is422(string path)
    {
        var answer = await _server.GetAsync(path);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.Body, Does.StartWith("""{"detail":[{"loc":["path","id"],"msg":"A student id has """));
    }

    [Test]
    public async Task Resource_AddedAndReplaced_HoldsWhatWasSaidLast()
    {
        var added = await _server.PostAsync("/api/v1/students", RunningServer.Json(
            """{"id":"desk","full_name":" Ayu Lestari ","birth_date":"2010-04-21","class_name":"9Z","address":""}"""));
        var taken = await _server.PostAsync("/api/v1/students", RunningServer.Json("""{"id":"desk","full_name":"Another"}"""));
        var replaced = await PutAsync("/api/v1/students/desk", """{"full_name":"Ayu Lestari","class_name":"9Y"}""");
        var unknown = await PutAsync("/api/v1/students/nobody", """{"full_name":"Nobody"}""");

        Assert.That(added.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(added.Body, Is.EqualTo(
            """{"id":"desk","full_name":"Ayu Lestari","birth_date":"2010-04-21","class_name":"9Z","address":null,"embedding_count":0,"last_enrolled_at":null}"""));
        Assert.That(taken.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(taken.Json.GetProperty("code").GetString(), Is.EqualTo("student.id_taken"));
        Assert.That(replaced.Body, Is.EqualTo(
            """{"id":"desk","full_name":"Ayu Lestari","birth_date":null,"class_name":"9Y","address":null,"embedding_count":0,"last_enrolled_at":null}"""));
        Assert.That(unknown.Json.GetProperty("code").GetString(), Is.EqualTo("student.not_found"));
    }

    [TestCase("""{"id":"bad","full_name":" "}""", "full_name")]
    [TestCase("""{"id":"bad","full_name":"Bad","birth_date":"21.04.2010"}""", "birth_date")]
    [TestCase("""{"id":"bad","full_name":"Bad","birth_date":"1899-12-31"}""", "birth_date")]
    [TestCase("""{"id":"bad one","full_name":"Bad"}""", "id")]
    [TestCase("""{"id":"bad","full_name":"Bad","class":"7B"}""", "class")]
    public async Task Resource_AddedWithABadField_IsNamedAndNothingStored(string body, string field)
    {
        var refused = await _server.PostAsync("/api/v1/students", RunningServer.Json(body));

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(refused.Body, Does.Contain(field));
        Assert.That((await _server.GetAsync("/students/bad")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Resources_ClassAndQuery_GiveThatPageAndTheSizesOfClasses()
    {
        foreach (var i in Enumerable.Range(1, 4))
            await _server.PostAsync("/api/v1/students",
                RunningServer.Json($$"""{"id":"row{{i}}","full_name":"Row {{i}}","class_name":"{{(i < 4 ? "8 A" : "8 B")}}"}"""));

        var page = await _server.GetAsync("/api/v1/students?q=ROW&class_name=8%20A&limit=2&offset=1");
        var classes = await _server.GetAsync("/api/v1/classes");

        Assert.That(page.Json.GetProperty("items").EnumerateArray().Select(s => s.GetProperty("id").GetString()),
            Is.EqualTo(new[] { "row2", "row3" }));
        Assert.That(page.Json.GetProperty("total").GetInt32(), Is.EqualTo(3));
        Assert.That(classes.Body, Does.Contain("""{"name":"8 A","students":3},{"name":"8 B","students":1}"""));
    }

    private async Task<Answer> PutAsync(string path, string body) =>
        await Answer.OfAsync(await _server.Http.PutAsync(path, RunningServer.Json(body)));

    [Test]
    public async Task Resource_WholeLife_FromFaceToForgetting()
    {
        var added = await _server.PostAsync("/api/v1/students/life/faces", Form.Image(DrawnFaces.Portrait(DrawnPerson.Citra)));
        var again = await _server.PostAsync("/api/v1/students/life/faces", Form.Image(DrawnFaces.Portrait(DrawnPerson.Citra)));
        var student = await _server.GetAsync("/api/v1/students/life");
        var faces = await _server.GetAsync("/api/v1/students/life/faces");
        var face = faces.Json.GetProperty("items")[0].GetProperty("id").GetString();
        var removed = await _server.DeleteAsync($"/api/v1/students/life/faces/{face}");
        var removedAgain = await _server.DeleteAsync($"/api/v1/students/life/faces/{face}");
        var forgotten = await _server.DeleteAsync("/api/v1/students/life");
        var forgottenAgain = await _server.DeleteAsync("/api/v1/students/life");

        Assert.That(added.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(added.Body, Is.EqualTo("""{"student_id":"life","faces_found":1,"already_enrolled":false}"""));
        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(student.Body, Does.StartWith("""{"id":"life","full_name":null,"""));
        Assert.That(faces.Body, Does.Match("""^\{"items":\[\{"id":"[0-9a-f-]{36}","contract":"[^"]+","enrolled_at":"[^"]+","enrolled_by":"local","imported":false\}\]\}$"""));
        Assert.That(new[] { removed.Status, forgotten.Status }, Is.All.EqualTo(HttpStatusCode.NoContent));
        Assert.That(new[] { removedAgain.Status, forgottenAgain.Status }, Is.All.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Resource_Errors_AreProblemDocuments()
    {
        var unknown = await _server.GetAsync("/api/v1/students/nobody");
        var badId = await _server.GetAsync("/api/v1/students/a%20b");
        var noFace = await _server.PostAsync("/api/v1/students/x/faces", Form.Image(DrawnFaces.Empty()));
        var noRoute = await _server.GetAsync("/api/v1/nothing");

        Assert.That(new[] { unknown, badId, noFace, noRoute }.Select(a => (int)a.Status), Is.EqualTo(new[] { 404, 400, 422, 404 }));
        Assert.That(new[] { unknown, badId, noFace, noRoute }.Select(a => a.Json.GetProperty("code").GetString()),
            Is.EqualTo(new[] { "student.not_found", "request.invalid_field", "enrollment.no_face", "http.not_found" }));
        Assert.That(new[] { unknown, badId, noFace, noRoute }.Select(a => a.ContentType), Is.All.EqualTo("application/problem+json"));
        Assert.That(new[] { unknown, badId, noFace, noRoute }.Select(a => a.Json.GetProperty("traceId").GetString()), Is.All.Not.Empty);
    }

    [Test]
    public async Task Attendance_AfterSightings_IsTheContractsShape()
    {
        await using var server =
            await RunningServer.StartAsync("EVENT_COOLDOWN_SECONDS=0", "ATTENDANCE_LOCAL_DEDUP_SECONDS=0", "SCHOOL_TIME_ZONE=Asia/Jakarta");
        await server.PostAsync("/students",
            Form.With(("student_id", "ayu"), ("full_name", "Ayu Lestari")).File("photo", DrawnFaces.Portrait(DrawnPerson.Ayu)));

        await server.PostAsync("/recognize/realtime", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu, 1)));
        await server.PostAsync("/recognize/realtime", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu, 2)));

        var today = await server.GetAsync("/attendance/today");
        var student = await server.GetAsync("/attendance/student/ayu/");
        var item =
            """\{"student_id":"ayu","full_name":"Ayu Lestari","date":"\d{4}-\d\d-\d\d","first_seen_ts":\d{10},"last_seen_ts":\d{10},"hits":1\}""";
        Assert.That(today.Body, Does.Match($$"""^\{"ok":true,"items":\[{{item}}\]\}$"""));
        Assert.That(student.Body, Does.Match($$"""^\{"ok":true,"student_id":"ayu","items":\[{{item}}\]\}$"""));
        var day = Date().Match(today.Body).Value;
        var jakarta = TimeZoneInfo.ConvertTime(DateTimeOffset.UtcNow, TimeZoneInfo.FindSystemTimeZoneById("Asia/Jakarta"));
        Assert.That(day, Is.EqualTo(jakarta.ToString("yyyy-MM-dd")).Or.EqualTo(jakarta.AddMinutes(-5).ToString("yyyy-MM-dd")));
    }

    [Test]
    public async Task Attendance_UnknownStudent_IsTheContracts404()
    {
        var answer = await _server.GetAsync("/attendance/student/nobody");

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(answer.Body, Is.EqualTo("""{"ok":false,"msg":"Student not found"}"""));
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\d")]
    private static partial Regex Date();
}
