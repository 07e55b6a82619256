using System.Net;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Contract;

public sealed class RecognitionTests
{
    [Test]
    public async Task GallerySimilarities_OnePersonUnderTwoIds_NamesThePairAndCountsNobodyTwice()
    {
        await using var server = await RunningServer.StartAsync();
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await server.EnrollAsync("citra", DrawnFaces.Portrait(DrawnPerson.Citra));
        await server.PostAsync(
            "/enroll?override_duplicate=true&reason=twins",
            Form.With(("student_id", "ayus-twin")).File("image", DrawnFaces.Portrait(DrawnPerson.Ayu, 3)));

        var survey = (await server.GetAsync("/api/v1/gallery/similarities")).Json;

        Assert.That((survey.GetProperty("students").GetInt32(), survey.GetProperty("looked_at").GetInt32()), Is.EqualTo((3, 3)));
        Assert.That(survey.GetProperty("nearest_other").EnumerateArray().Sum(b => b.GetProperty("students").GetInt32()), Is.EqualTo(3));
        var pairs = survey.GetProperty("lookalikes").EnumerateArray()
            .Select(p => $"{p.GetProperty("student_id")} {p.GetProperty("other_id")}").ToList();
        Assert.That(pairs, Has.Count.LessThanOrEqualTo(3).And.Some.Matches<string>(p => p is "ayu ayus-twin" or "ayus-twin ayu"));
        Assert.That(survey.GetProperty("strangers_named").GetProperty("measured").GetDouble(), Is.InRange(0.6, 1.0));
        Assert.That(survey.GetProperty("strangers_named").GetProperty("set").GetDouble(), Is.EqualTo(0.01));
    }

    // Dark in face and hair, since the starter weights take a drawing of Dewa for one of others now and then.
    private static readonly DrawnPerson Stranger = DrawnPerson.Dewa with { Skin = (120, 80, 60), Hair = (20, 20, 20) };

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [TestCase("/recognize")]
    [TestCase("/recognize/")]
    public async Task Recognize_KnownFace_IsTheContractsShape(string path)
    {
        var answer = await _server.PostAsync(path, Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu, 4)));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Body, Does.Match(
            """^\{"ok":true,"results":\[\{"box":\[\d+,\d+,\d+,\d+\],"label":"ayu","distance":0\.\d{1,4}\}\],"frame_info":\{"w":320,"h":320\}\}$"""));
    }

    [Test]
    public async Task Recognitions_KnownAndUnknownFace_HaveABoxAndASimilarityEach()
    {
        var picture = DrawnFaces.Picture(480, 320, 6, new DrawnFace(Stranger, 120, 150, 75), new DrawnFace(DrawnPerson.Ayu, 350, 150, 75));

        var answer = await _server.PostAsync("/api/v1/recognitions", Form.Image(picture));
        var refused = await _server.PostAsync("/api/v1/recognitions", Form.Image([1, 2, 3]));

        Assert.That(answer.Body, Does.StartWith("""{"width":480,"height":320,"threshold":0."""));
        Assert.That(answer.Body,
            Does.Match(
                """\{"box":\{"top":\d+,"right":\d+,"bottom":\d+,"left":\d+\},"student_id":"ayu","similarity":0\.\d{1,4},"distance":0\.\d{1,4},"confidence":[01](\.\d{1,4})?,"full_name":null,"sighting":null\}"""));
        Assert.That(answer.Body, Does.Contain("\"student_id\":null,\"similarity\":"));
        var timings = answer.Json.GetProperty("timings_ms").EnumerateObject().ToList();
        Assert.That(timings.Select(t => t.Name), Is.EqualTo(new[] { "wait", "decode", "detect", "embed", "search" }));
        Assert.That(timings.Sum(t => t.Value.GetDouble()), Is.InRange(1, 60_000));
        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(refused.Json.GetProperty("code").GetString(), Is.EqualTo("image.invalid_image"));
    }

    [Test]
    public async Task Recognize_Box_IsTopRightBottomLeftWithinThePicture()
    {
        // The face's middle is at 130, 110, and its chin and crown 70 px from there.
        var picture = DrawnFaces.Picture(300, 200, 9, new DrawnFace(DrawnPerson.Citra, 130, 110, 70));

        var answer = await _server.PostAsync("/recognize", Form.Image(picture));

        var box = answer.Json.GetProperty("results")[0].GetProperty("box").EnumerateArray().Select(v => v.GetInt32()).ToArray();
        Assert.That(box[0], Is.InRange(0, 90), "top");
        Assert.That(box[1], Is.InRange(150, 230), "right");
        Assert.That(box[2], Is.InRange(150, 200), "bottom");
        Assert.That(box[3], Is.InRange(40, 110), "left");
    }

    [Test]
    public async Task Recognize_Stranger_IsUnknownWithItsBestDistance()
    {
        var answer = await _server.PostAsync("/recognize", Form.Image(DrawnFaces.Portrait(DrawnPerson.Dewa)));

        var face = answer.Json.GetProperty("results")[0];
        Assert.That(face.GetProperty("label").GetString(), Is.EqualTo("Unknown"));
        Assert.That(face.GetProperty("distance").GetDouble(), Is.InRange(0.1, 1.0));
    }

    [TestCase(1, 0.0, 0.45)]
    [TestCase(2, 0.45, 1.0)]
    public async Task Recognize_Distance_IsMeasuredFromTheModelsThreshold(int who, double least, double most)
    {
        var picture = DrawnFaces.Portrait(who == 1 ? DrawnPerson.Ayu : Stranger, 4);

        var face = (await _server.PostAsync("/recognize", Form.Image(picture))).Json.GetProperty("results")[0];
        var raw = (await _server.PostAsync("/api/v1/recognitions", Form.Image(picture))).Json;

        var threshold = raw.GetProperty("threshold").GetDouble();
        var similarity = raw.GetProperty("faces")[0].GetProperty("similarity").GetDouble();
        var expected = similarity >= threshold ? 0.45 * (1 - similarity) / (1 - threshold)
            : 0.45 + (0.55 * (threshold - similarity) / (1 + threshold));
        Assert.That(face.GetProperty("distance").GetDouble(), Is.EqualTo(expected).Within(0.0002).And.InRange(least, most));
        Assert.That(raw.GetProperty("faces")[0].GetProperty("distance").GetDouble(), Is.EqualTo(face.GetProperty("distance").GetDouble()));
    }

    [Test]
    public async Task Recognize_SeveralFaces_AreAllThere()
    {
        var picture =
            DrawnFaces.Picture(480, 320, 6, new DrawnFace(DrawnPerson.Citra, 120, 150, 75), new DrawnFace(DrawnPerson.Ayu, 350, 150, 75));

        var answer = await _server.PostAsync("/recognize", Form.Image(picture));

        Assert.That(answer.Json.GetProperty("results").EnumerateArray().Select(f => f.GetProperty("label").GetString()),
            Is.EquivalentTo(new[] { "ayu", "citra" }));
    }

    [Test]
    public async Task Recognize_NoFace_IsAnEmptyList()
    {
        var answer = await _server.PostAsync("/recognize", Form.Image(DrawnFaces.Empty(320, 240)));

        Assert.That(answer.Body, Is.EqualTo("""{"ok":true,"results":[],"frame_info":{"w":320,"h":240}}"""));
    }

    [Test]
    public async Task Recognize_EmptyGallery_IsAsFarAsCanBe()
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await server.PostAsync("/recognize", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));

        Assert.That(answer.Body, Does.Contain(""","label":"Unknown","distance":1}"""));
    }

    [Test]
    public async Task Recognize_EnrolledAndForgotten_IsKnownAndThenNot()
    {
        await using var server = await RunningServer.StartAsync();
        var picture = DrawnFaces.Portrait(DrawnPerson.Ayu, 2);

        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        var known = await server.PostAsync("/recognize", Form.Image(picture));
        await server.DeleteAsync("/api/v1/students/ayu");
        var forgotten = await server.PostAsync("/recognize", Form.Image(picture));

        Assert.That(known.Body, Does.Contain("\"label\":\"ayu\""));
        Assert.That(forgotten.Body, Does.Contain("\"label\":\"Unknown\",\"distance\":1"));
    }

    [Test]
    public async Task Recognize_MoreThanTheServerTakes_IsBusyAtOnce()
    {
        await using var server = await RunningServer.StartAsync("FACE_QUEUE_LENGTH=0");
        // Much to analyze and little to upload.
        var picture =
            DrawnFaces.Picture(640, 480, 1,
                [.. Enumerable.Range(0, 20).Select(i => new DrawnFace(DrawnPerson.Ayu, 70 + (i % 5 * 125), 60 + (i / 5 * 120), 40))]);

        List<Answer> answers = [];
        for (var rounds = 0; rounds < 20 && answers.All(a => a.Status != HttpStatusCode.ServiceUnavailable); rounds++)
        {
            answers.AddRange(await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => server.PostAsync("/recognize", Form.Image(picture)))));
        }

        Assert.That(answers.Select(a => a.Status), Does.Contain(HttpStatusCode.OK));
        var busy = answers.First(a => a.Status == HttpStatusCode.ServiceUnavailable);
        Assert.That(busy.Json.GetProperty("code").GetString(), Is.EqualTo("busy"));
        Assert.That(busy.Headers.RetryAfter!.Delta, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public async Task Recognize_MissingImage_Is422()
    {
        var answer = await _server.PostAsync("/recognize", Form.With(("other", "field")));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.Body, Is.EqualTo("""{"detail":[{"loc":["body","image"],"msg":"Field required","type":"missing"}]}"""));
    }
}
