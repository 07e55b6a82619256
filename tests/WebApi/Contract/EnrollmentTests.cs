using System.Net;
using System.Text;
using System.Text.Json;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Contract;

public sealed class EnrollmentTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [TestCase("/enroll")]
    [TestCase("/enroll/")]
    public async Task Enroll_OneFace_IsSaved(string path)
    {
        var image = DrawnFaces.Portrait(DrawnPerson.Ayu, path.Length % 2 + 1);

        var answer = await _server.PostAsync(path, Form.With(("student_id", "ayu")).File("image", image));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Body, Is.EqualTo("""{"ok":true,"saved":1,"msg":"1 face saved","faces_found":1}"""));
        Assert.That(answer.ContentType, Does.StartWith("application/json"));
    }

    [Test]
    public async Task Enroll_SamePhotoAgain_SaysSoAndChangesNothing()
    {
        var before = await _server.GetAsync("/health");

        var answer = await _server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));

        Assert.That(answer.Body, Is.EqualTo("""{"ok":true,"saved":1,"msg":"1 face saved","faces_found":1,"already_enrolled":true}"""));
        Assert.That((await _server.GetAsync("/health")).Body, Is.EqualTo(before.Body));
    }

    [Test]
    public async Task Enroll_NoFace_IsRefusedWithCode()
    {
        var answer = await _server.EnrollAsync("nobody", DrawnFaces.Empty());

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(Outline(answer), Is.EqualTo("ok=False saved=0 code=no_face faces_found=0"));
    }

    [Test]
    public async Task Enroll_TwoPeople_IsRefusedWithCode()
    {
        var couple =
            DrawnFaces.Picture(480, 320, 2, new DrawnFace(DrawnPerson.Ayu, 120, 150, 75), new DrawnFace(DrawnPerson.Dewa, 350, 150, 75));

        var answer = await _server.EnrollAsync("couple", couple);

        Assert.That(Outline(answer), Is.EqualTo("ok=False saved=0 code=multiple_faces faces_found=2"));
    }

    [Test]
    public async Task Enroll_BystanderFarBehind_IsCountedAndIgnored()
    {
        var picture =
            DrawnFaces.Picture(480, 320, 3, new DrawnFace(DrawnPerson.Ayu, 140, 150, 85), new DrawnFace(DrawnPerson.Dewa, 380, 150, 30));

        var answer = await _server.EnrollAsync("ayu", picture);

        Assert.That(answer.Body, Is.EqualTo("""{"ok":true,"saved":1,"msg":"1 face saved","faces_found":2}"""));
    }

    [Test]
    public async Task Enroll_CentralOfSeveral_TakesTheOneInTheMiddleAndSaysSo()
    {
        await using var server = await RunningServer.StartAsync();
        var picture =
            DrawnFaces.Picture(720, 320, 6, new DrawnFace(DrawnPerson.Dewa, 100, 150, 78), new DrawnFace(DrawnPerson.Citra, 360, 150, 75),
                new DrawnFace(DrawnPerson.Dewa, 620, 150, 78));

        var unasked = await server.PostAsync("/enroll", Form.With(("student_id", "citra")).File("image", picture));
        var asked = await server.PostAsync("/enroll?central=true", Form.With(("student_id", "citra")).File("image", picture));
        var students =
            await server.PostAsync(
                "/students?central=true", Form.With(("student_id", "citra2"), ("full_name", "Citra")).File("photo", picture));
        var face = await server.PostAsync("/api/v1/students/citra/faces", Form.With(("central", "true")).File("image", picture));
        var seen = await server.PostAsync("/recognize", Form.With().File("image", DrawnFaces.Portrait(DrawnPerson.Citra)));

        Assert.That(Outline(unasked), Is.EqualTo("ok=False saved=0 code=multiple_faces faces_found=3"));
        Assert.That(asked.Body, Is.EqualTo("""{"ok":true,"saved":1,"msg":"1 face saved","faces_found":3,"central":true}"""));
        Assert.That(students.Json.GetProperty("photo_error").GetProperty("code").GetString(), Is.EqualTo("duplicate_person"),
            "whose face it is, is judged as ever");
        Assert.That(face.Body, Does.Contain("\"already_enrolled\":true"));
        Assert.That(seen.Json.GetProperty("results")[0].GetProperty("label").GetString(), Is.EqualTo("citra"));
    }

    [Test]
    public async Task Enroll_CentralOfTwoAlike_IsRefusedAndSaysWhy()
    {
        var couple =
            DrawnFaces.Picture(480, 320, 2, new DrawnFace(DrawnPerson.Ayu, 120, 150, 75), new DrawnFace(DrawnPerson.Dewa, 350, 150, 75));

        var answer = await _server.PostAsync("/enroll?central=true", Form.With(("student_id", "couple")).File("image", couple));

        Assert.That(Outline(answer), Is.EqualTo("ok=False saved=0 code=multiple_faces faces_found=2"));
        Assert.That(answer.Json.GetProperty("msg").GetString(), Does.Contain("none of them is clearly the one in the middle"));
    }

    [TestCase(90, 270)]
    [TestCase(180, 180)]
    [TestCase(270, 90)]
    public async Task Enroll_PhotoOnItsSide_IsTurnedAndSaysSo(int lies, int turned)
    {
        await using var server = await RunningServer.StartAsync();
        var photo = Collage.Turn(ImageCanvas.Open(DrawnFaces.Portrait(DrawnPerson.Ayu)).Value, lies).Encode(".png");

        var answer = await server.PostAsync("/enroll", Form.With(("student_id", "ayu")).File("image", photo));
        var upright = await server.PostAsync("/recognize", Form.With().File("image", DrawnFaces.Portrait(DrawnPerson.Ayu, 1)));

        Assert.That(answer.Json.GetProperty("turned").GetInt32(), Is.EqualTo(turned), answer.Body);
        Assert.That(upright.Json.GetProperty("results")[0].GetProperty("label").GetString(), Is.EqualTo("ayu"),
            "what was stored is the upright face");
    }

    [Test]
    public async Task Enroll_TinyFace_IsRefusedWithReasons()
    {
        var picture = DrawnFaces.Picture(320, 240, 4, new DrawnFace(DrawnPerson.Ayu, 160, 120, 18));

        var answer = await _server.EnrollAsync("tiny", picture);

        Assert.That(Outline(answer), Is.EqualTo("ok=False saved=0 code=low_quality faces_found=1"));
        Assert.That(answer.Json.GetProperty("reasons").EnumerateArray().Select(r => r.GetString()), Does.Contain("too_small"));
    }

    [Test]
    public async Task AddFace_RefusedPhoto_SaysWhereItsFacesAre()
    {
        var tiny = DrawnFaces.Picture(320, 240, 4, new DrawnFace(DrawnPerson.Ayu, 160, 120, 18));
        var couple =
            DrawnFaces.Picture(480, 320, 2, new DrawnFace(DrawnPerson.Ayu, 120, 150, 75), new DrawnFace(DrawnPerson.Dewa, 350, 150, 75));

        var poor = (await _server.PostAsync("/api/v1/students/where/faces", Form.Image(tiny))).Json;
        var several = (await _server.PostAsync("/api/v1/students/where/faces", Form.Image(couple))).Json;
        var nobody = (await _server.PostAsync("/api/v1/students/where/faces", Form.Image(DrawnFaces.Empty()))).Json;
        var existing = await _server.EnrollAsync("where", tiny);

        var picture = poor.GetProperty("picture");
        Assert.That(picture.GetProperty("width").GetInt32(), Is.EqualTo(320));
        Assert.That(picture.GetProperty("turned").GetInt32(), Is.Zero);
        Assert.That(picture.GetProperty("subject").GetInt32(), Is.Zero);
        var box = picture.GetProperty("faces")[0];
        Assert.That(box.GetProperty("left").GetInt32(), Is.InRange(130, 160));
        Assert.That(box.GetProperty("bottom").GetInt32(), Is.InRange(125, 150));
        Assert.That(several.GetProperty("picture").GetProperty("faces").GetArrayLength(), Is.EqualTo(2));
        Assert.That(several.GetProperty("picture").GetProperty("subject").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(nobody.GetProperty("picture").GetProperty("faces").GetArrayLength(), Is.Zero);
        Assert.That(existing.Body, Does.Not.Contain("picture"), "existing clients get what they know");
    }

    [Test]
    public async Task Enroll_FaceOfAnotherStudent_IsRefusedWithWhoAndHowMuch()
    {
        var answer = await _server.EnrollAsync("ayus-twin", DrawnFaces.Portrait(DrawnPerson.Ayu, 3));

        Assert.That(Outline(answer), Is.EqualTo("ok=False saved=0 code=duplicate_person faces_found=1"));
        Assert.That(answer.Json.GetProperty("student_id").GetString(), Is.EqualTo("ayu"));
        Assert.That(answer.Json.GetProperty("similarity").GetDouble(), Is.InRange(0.5, 1.0));
    }

    [TestCase("/enroll?override_duplicate=true&reason=twins", null, TestName = "Enroll_OverrideInQuery_IsSaved")]
    [TestCase("/enroll", "true", TestName = "Enroll_OverrideInForm_IsSaved")]
    public async Task Enroll_DuplicateOverridden_IsSaved(string path, string? inForm)
    {
        await using var server = await RunningServer.StartAsync();
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        var form = Form.With(("student_id", "ayus-twin")).File("image", DrawnFaces.Portrait(DrawnPerson.Ayu, 3));
        if (inForm is not null) form.Add(new StringContent(inForm), "override_duplicate");
        if (inForm is not null) form.Add(new StringContent("twins"), "reason");

        var answer = await server.PostAsync(path, form);

        Assert.That(Outline(answer), Is.EqualTo("ok=True saved=1 code= faces_found=1"));
        Assert.That(answer.Json.GetProperty("lookalike").GetProperty("student_id").GetString(), Is.EqualTo("ayu"),
            "whom a camera could take for the other");
        Assert.That((await server.GetAsync("/health")).Body, Is.EqualTo("""{"ok":true,"encodings":2,"labels":2}"""));
    }

    [Test]
    public async Task Enroll_OneIdWithTheFacesOfSeveral_KeepsTheFirst()
    {
        await using var server = await RunningServer.StartAsync();
        var own = await server.EnrollAsync("one", Photo("Ari_Fleischer", 1));

        var another = await server.EnrollAsync("one", Photo("Jimmy_Carter", 2));
        var problem = await server.PostAsync("/api/v1/students/one/faces", Form.Image(Photo("Jimmy_Carter", 2)));
        var upserted =
            await server.PostAsync(
                "/students", Form.With(("student_id", "one"), ("full_name", "One")).File("photo", Photo("Jimmy_Carter", 2)));
        var further = await server.EnrollAsync("one", Photo("Ari_Fleischer", 2));

        Assert.That(Outline(own), Is.EqualTo("ok=True saved=1 code= faces_found=1"));
        Assert.That(Outline(another), Is.EqualTo("ok=False saved=0 code=another_person faces_found=1"));
        Assert.That(another.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(another.Json.GetProperty("msg").GetString(), Does.Contain("override_another_person=true"));
        Assert.That(another.Json.GetProperty("similarity").GetDouble(), Is.LessThan(0.2));
        Assert.That((problem.Status, problem.Json.GetProperty("code").GetString()),
            Is.EqualTo((HttpStatusCode.UnprocessableEntity, "enrollment.another_person")));
        Assert.That(upserted.Json.GetProperty("photo_error").GetProperty("code").GetString(), Is.EqualTo("another_person"));
        Assert.That(Outline(further), Is.EqualTo("ok=True saved=1 code= faces_found=1"));
        Assert.That(
            (await server.PostAsync("/recognize", Form.Image(Photo("Jimmy_Carter", 2)))).Body, Does.Contain("\"label\":\"Unknown\""));
    }

    [Test]
    public async Task Enroll_AnotherPersonOverridden_NeedsAnAdministratorAndAReasonAndIsAudited()
    {
        await using var server = await RunningServer.StartAsync();
        await server.EnrollAsync("one", Photo("Ari_Fleischer", 1));
        using var school = await server.NewUserAsync("operator");
        MultipartFormDataContent Again() => Form.With(("student_id", "one")).File("image", Photo("Jimmy_Carter", 2));
        const string Overriding = "/enroll?override_another_person=true";

        var byOperator = await Answer.OfAsync(await school.PostAsync(Overriding + "&reason=renamed", Again()));
        var withoutReason = await server.PostAsync(Overriding, Again());
        var byAdmin = await server.PostAsync(Overriding + "&reason=the+id+was+given+anew", Again());

        Assert.That((byOperator.Status, byOperator.Body), Is.EqualTo((HttpStatusCode.Forbidden, byOperator.Body)));
        Assert.That(byOperator.Body, Does.Contain("admin"));
        Assert.That(withoutReason.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(withoutReason.Json.GetProperty("detail")[0].GetProperty("loc")[1].GetString(), Is.EqualTo("reason"));
        Assert.That(Outline(byAdmin), Is.EqualTo("ok=True saved=1 code= faces_found=1"));
        var audit = (await server.GetAsync("/api/v1/audit?action=template.another_person_overridden")).Body;
        Assert.That(audit, Does.Contain("the id was given anew").And.Contain("similarity_to_own"));
    }

    [Test]
    public async Task Enroll_OneFaceUnderTenIdsAtOnce_IsStoredOnceAndRecognised()
    {
        await using var server = await RunningServer.StartAsync("FACE_WORKERS=4");

        var answers =
            await Task.WhenAll(Enumerable.Range(0, 10)
                .Select(i => server.EnrollAsync($"id{i}", DrawnFaces.Portrait(DrawnPerson.Ayu, i % 3))));

        Assert.That(answers.Count(a => a.Body.Contains("\"ok\":true", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(answers.Where(a => a.Body.Contains("\"ok\":false", StringComparison.Ordinal))
            .Select(a => a.Json.GetProperty("code").GetString()), Is.All.EqualTo("duplicate_person"));
        Assert.That((await server.PostAsync("/recognize", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu, 4)))).Body,
            Does.Contain("\"label\":\"id"));
    }

    private static byte[] Photo(string person, int number) =>
        File.ReadAllBytes(SharedFiles.Require($"faces/lfw/{person}/{person}_000{number}.jpg"));

    [Test]
    public async Task Enroll_OverrideWithoutReason_NamesTheField()
    {
        var form = Form.With(("student_id", "ayus-twin")).File("image", DrawnFaces.Portrait(DrawnPerson.Ayu, 3));

        var answer = await _server.PostAsync("/enroll?override_duplicate=true", form);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.Json.GetProperty("detail")[0].GetProperty("loc")[1].GetString(), Is.EqualTo("reason"));
    }

    [Test]
    public async Task Enroll_NoFields_NamesThemAll()
    {
        var answer = await _server.PostAsync("/enroll", Form.With(("other", "field")));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.Body, Is.EqualTo(
            """{"detail":[{"loc":["body","student_id"],"msg":"Field required","type":"missing"},{"loc":["body","image"],"msg":"Field required","type":"missing"}]}"""));
    }

    [Test]
    public async Task Enroll_NoBodyOrAnotherType_IsMissingFields()
    {
        var without = await _server.PostAsync("/enroll", null);
        var json = await _server.PostAsync("/enroll", new StringContent("""{"student_id":"a"}""", Encoding.UTF8, "application/json"));
        var raw = await _server.PostAsync("/enroll", new ByteArrayContent(DrawnFaces.Portrait(DrawnPerson.Ayu)));

        Assert.That(new[] { without.Status, json.Status, raw.Status }, Is.All.EqualTo(HttpStatusCode.UnprocessableEntity));
    }

    [Test]
    public async Task Enroll_UrlEncodedForm_MissesOnlyTheImage()
    {
        var answer = await _server.PostAsync("/enroll", new FormUrlEncodedContent([new("student_id", "ayu")]));

        Assert.That(answer.Body, Is.EqualTo("""{"detail":[{"loc":["body","image"],"msg":"Field required","type":"missing"}]}"""));
    }

    [TestCase("../../etc/passwd")]
    [TestCase("a/b")]
    [TestCase("a\\b")]
    [TestCase("..")]
    [TestCase("a\u0000b")]
    [TestCase("a\u0007b")]
    [TestCase("a\nb")]
    [TestCase("a b")]
    [TestCase("siswä")]
    [TestCase("Unknown")]
    [TestCase("65")]
    [TestCase("300")]
    public async Task Enroll_StudentIdAgainstTheRule_IsRefusedWithTheRule(string id)
    {
        var student = int.TryParse(id, out var length) ? new string('a', length) : id;

        var answer = await _server.EnrollAsync(student, DrawnFaces.Portrait(DrawnPerson.Dewa));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        var detail = answer.Json.GetProperty("detail")[0];
        Assert.That(detail.GetProperty("loc").ToString(), Is.EqualTo("""["body","student_id"]"""));
        Assert.That(detail.GetProperty("msg").GetString(), Does.Contain(StudentId.Rule).Or.EqualTo("Control characters are not allowed"));
    }

    [Test]
    public async Task Enroll_ImageAsText_SaysThatAFileIsMeant()
    {
        var answer = await _server.PostAsync("/enroll", Form.With(("student_id", "a"), ("image", "not a file")));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.Body, Does.Contain("""{"loc":["body","image"],"msg":"Expected a file"""));
    }

    [Test]
    public async Task Enroll_StudentIdAsFile_SaysThatTextIsMeant()
    {
        var form = Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)).File("student_id", "ayu"u8.ToArray());

        var answer = await _server.PostAsync("/enroll", form);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.Body,
            Is.EqualTo(
                """{"detail":[{"loc":["body","student_id"],"msg":"Input should be a valid string, not a file","type":"string_type"}]}"""));
    }

    [Test]
    public async Task Enroll_FieldsGivenTwice_AreNamed()
    {
        var form = Form.With(("student_id", "a"), ("student_id", "b")).File("image", DrawnFaces.Empty()).File("image", DrawnFaces.Empty());

        var answer = await _server.PostAsync("/enroll", form);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.Json.GetProperty("detail").EnumerateArray().Select(d => d.GetProperty("type").GetString()),
            Is.EqualTo(new[] { "repeated", "repeated" }));
    }

    [Test]
    public async Task Enroll_RealPhotographs_AreEnrolledAndRecognised()
    {
        var person = Directory.GetDirectories(SharedFiles.Require("faces/lfw")).Order().First();
        var photos = Directory.GetFiles(person, "*.jpg").Order().ToArray();
        await using var server = await RunningServer.StartAsync();

        var enrolled = await server.EnrollAsync("real", await File.ReadAllBytesAsync(photos[0]));
        var recognized = await server.PostAsync("/recognize", Form.Image(await File.ReadAllBytesAsync(photos[1])));

        Assert.That(enrolled.Json.GetProperty("saved").GetInt32(), Is.EqualTo(1));
        Assert.That(recognized.Json.GetProperty("results")[0].GetProperty("label").GetString(), Is.EqualTo("real"));
    }

    private static string Outline(Answer answer)
    {
        var json = answer.Json;
        Assert.That(json.GetProperty("msg").GetString(), Is.Not.Empty);
        JsonElement? code = json.TryGetProperty("code", out var said) ? said : null;
        return $"ok={json.GetProperty("ok")} saved={json.GetProperty("saved")} code={code} faces_found={json.GetProperty("faces_found")}";
    }
}
