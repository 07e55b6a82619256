using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace FaceAttendance.WebApi.Tests.Screens;

/// <summary>The server's own pages, as a browser gets them.</summary>
public sealed class ScreenTests
{
    private const string Browser = "text/html,application/xhtml+xml,*/*;q=0.8";

    private string _folder = null!;
    private RunningServer _server = null!;
    private RunningServer _bare = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("screens").FullName;
        Directory.CreateDirectory(Path.Combine(_folder, "assets"));
        foreach (var (name, text) in new[]
        {
            ("index.html", "<meta name=csp-nonce content=__CSP_NONCE__><p>the console</p>"), ("check-in.html", "<p>the check-in</p>"),
            ("kiosk.html", "<p>the kiosk</p>"), ("sw.js", "worker"), ("assets/main-a1b2.js", "plain"), ("assets/main-a1b2.js.br", "brotli"),
            ("assets/main-a1b2.js.gz", "gzip"), ("assets/only.svg", "<svg/>"), ("manifest.webmanifest", "{}"),
        }) await File.WriteAllTextAsync(Path.Combine(_folder, name), text);
        _server = await RunningServer.StartAsync(
            "FACE_PROFILE=starter", $"Screens:Folder={_folder}", "MAP_TILES_URL=https://{s}.tiles.example/{z}/{x}/{y}.png");
        _bare = await RunningServer.StartOnAsync(_server.Database.ConnectionString, "FACE_PROFILE=starter", "Screens:Folder=/nowhere");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _bare.DisposeAsync();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [TestCase("/", "the console")]
    [TestCase("/log-in", "the console")]
    [TestCase("/deliveries/0190/attempts", "the console")]
    [TestCase("/check-in", "the check-in")]
    [TestCase("/kiosk", "the kiosk")]
    [TestCase("/kiosk.html", "the kiosk")]
    public async Task Page_ForWhoeverGoesThere_IsGivenWithoutCredentials(string path, string expected)
    {
        var answer = await GetAsync(path, ("Accept", Browser), ("Via", "1.1 proxy"));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.ContentType, Is.EqualTo("text/html; charset=utf-8"));
        Assert.That(answer.Body, Does.Contain(expected));
    }

    [TestCase("/", "style-src 'self' 'nonce-")]
    [TestCase("/check-in", "style-src 'self';")]
    [TestCase("/kiosk", "style-src 'self';")]
    public async Task Page_Always_RunsItsOwnScriptsAloneAndAsksNobodyElse(string path, string style)
    {
        var answer = await GetAsync(path, ("Accept", Browser));

        var policy = Header(answer, "Content-Security-Policy");
        Assert.That(policy, Does.StartWith("default-src 'none'; script-src 'self';").And.Contains(style));
        Assert.That(policy, Does.Contain("frame-ancestors 'none'").And.Contains("base-uri 'none'").And.Contains("connect-src 'self';"));
        Assert.That(policy, Does.Contain("img-src 'self' blob: data: https://*.tiles.example;"));
        Assert.That(policy, Does.Not.Contain("unsafe"));
        Assert.That(Header(answer, "Permissions-Policy"), Does.Contain("camera=(self)").And.Contains("geolocation=(self)"));
        Assert.That(Header(answer, "X-Content-Type-Options"), Is.EqualTo("nosniff"));
        Assert.That(Header(answer, "Cross-Origin-Opener-Policy"), Is.EqualTo("same-origin"));
        Assert.That(Header(answer, "Referrer-Policy"), Is.EqualTo("no-referrer"));
        Assert.That(answer.Headers.CacheControl, Is.EqualTo(CacheControlHeaderValue.Parse("no-cache")));
    }

    [Test]
    public async Task Nonce_IsThePagesOwnAndNewEachTime()
    {
        var answers = new[] { await GetAsync("/", ("Accept", Browser)), await GetAsync("/", ("Accept", Browser)) };

        var nonces = answers.Select(a => Regex.Match(Header(a, "Content-Security-Policy"), "'nonce-([^']+)'").Groups[1].Value).ToList();
        Assert.That(nonces, Is.Unique);
        foreach (var (answer, nonce) in answers.Zip(nonces)) Assert.That(answer.Body, Does.Contain($"content={nonce}>"));
    }

    [TestCase("br, gzip", "br", "brotli")]
    [TestCase("gzip", "gzip", "gzip")]
    [TestCase("br;q=0, gzip", "gzip", "gzip")]
    [TestCase("identity", null, "plain")]
    public async Task File_IsGivenInTheSmallestFormThatTheBrowserTakesAndKeptForGood(string accepts, string? coding, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/assets/main-a1b2.js");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accepts);
        using var answer = await _server.Http.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Content.Headers.ContentEncoding, coding is null ? Is.Empty : Is.EqualTo(new[] { coding }));
        Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/javascript"));
        Assert.That(await answer.Content.ReadAsStringAsync(), Is.EqualTo(body));
        Assert.That(answer.Headers.CacheControl?.ToString(), Does.Contain("immutable"));
        Assert.That(answer.Headers.Vary, Does.Contain("Accept-Encoding"));
    }

    [TestCase("/sw.js", "text/javascript")]
    [TestCase("/manifest.webmanifest", "application/manifest+json")]
    public async Task File_WithoutAHash_IsAskedAboutEachTime(string path, string type)
    {
        var answer = await GetAsync(path);

        Assert.That((answer.Status, answer.ContentType), Is.EqualTo((HttpStatusCode.OK, type)));
        Assert.That(answer.Headers.CacheControl, Is.EqualTo(CacheControlHeaderValue.Parse("no-cache")));
    }

    [Test]
    public async Task Worker_OfTheKiosk_MayFetchWhatItKeeps()
    {
        using var answer = await _server.Http.GetAsync("/sw.js");

        Assert.That(
            answer.Headers.GetValues("Content-Security-Policy"),
            Is.EqualTo(new[] { "default-src 'none'; script-src 'self'; connect-src 'self'" }));
    }

    [Test]
    public async Task Routes_OfPrograms_AnswerThemAsBefore()
    {
        foreach (var path in new[] { "/students", "/health", "/config", "/api/v1/users" })
        {
            Assert.That((await GetAsync(path)).ContentType, Does.StartWith("application/json"), path);
            Assert.That((await GetAsync(path, ("Accept", Browser))).ContentType, Does.StartWith("application/json"), path);
        }
        Assert.That((await GetAsync("/api/v1/nothing", ("Accept", Browser))).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await GetAsync("/assets/nothing.js", ("Accept", Browser))).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await GetAsync("/nothing")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _server.SendAsync(HttpMethod.Post, "/log-in", ("Accept", Browser))).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await GetAsync("/swagger/index.html", ("Accept", Browser))).Body, Does.Contain("FaceAttendance API"));
    }

    [TestCase("/students")]
    [TestCase("/students/siswaA")]
    [TestCase("/health")]
    public async Task Page_UnderANameThatProgramsKnow_IsAPersonsWhoGoesThere(string path)
    {
        using var browser = new HttpClient { BaseAddress = _server.Address };
        browser.DefaultRequestHeaders.TryAddWithoutValidation("Accept", Browser);
        browser.DefaultRequestHeaders.TryAddWithoutValidation("Sec-Fetch-Dest", "document");

        Assert.That(await browser.GetStringAsync(path), Does.Contain("the console"));
    }

    [TestCase("/../secret.txt")]
    [TestCase("/assets/%2e%2e/%2e%2e/secret.txt")]
    [TestCase("/assets/..%5c..%5csecret.txt")]
    public async Task File_OutsideTheFolder_IsNotFound(string path)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "../secret.txt"), "secret");

        Assert.That((await GetAsync(path)).Body, Does.Not.Contain("secret"));
    }

    [Test]
    public async Task Page_NotBuilt_SaysHowToBuildItAndTheApiWorks()
    {
        var answer = await _bare.SendAsync(HttpMethod.Get, "/", ("Accept", Browser), ("Via", "1.1 proxy"));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Body, Does.Contain("Node.js").And.Contains("/swagger"));
        Assert.That((await _bare.SendAsync(HttpMethod.Get, "/log-in", ("Accept", Browser))).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) =>
        _server.SendAsync(HttpMethod.Get, path, headers);

    private static string Header(Answer answer, string name) => answer.Headers.GetValues(name).Single();
}
