using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests;

/// <summary>The program as a process of its own: what a person sees who starts it wrongly.</summary>
public sealed class StartUpTests
{
    private const string Database = "ConnectionStrings__Default=Host=127.0.0.1;Port=1;Database=none;Username=none";

    [Test]
    public async Task Main_AddressBeyondLoopbackWithoutCredentials_RefusesAndSaysWhatToDo()
    {
        await using var database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();

        var (code, output, _) = await RunAsync(
            ["--urls=http://0.0.0.0:0", "--FACE_PROFILE=starter"], $"ConnectionStrings__Default={database.ConnectionString}",
            $"TEMPLATE_KEYS={TestKeys.First}");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(output,
            Does.StartWith("FaceAttendance cannot start. The server would listen on http://0.0.0.0:0").And.Contains("--issue-admin-key"));
        Assert.That(output, Does.Not.Contain("   at "));
    }

    [Test]
    public async Task Main_FirstStartInDevelopment_PrintsAnAdministratorsKeyOnce()
    {
        await using var database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        using var occupied = new TcpListener(IPAddress.Loopback, 0);
        occupied.Start();
        // Both starts end when they find the port taken, after everything else.
        string[] arguments =
            [$"--urls=http://127.0.0.1:{((IPEndPoint)occupied.LocalEndpoint).Port}", "--FACE_PROFILE=starter",
                $"--TEMPLATE_KEYS={TestKeys.First}"];

        string[] variables = [$"ConnectionStrings__Default={database.ConnectionString}", "ASPNETCORE_ENVIRONMENT=Development"];
        var first = await RunAsync(arguments, variables);
        var second = await RunAsync(arguments, variables);

        Assert.That(first.Printed, Does.Match("fa_[A-Za-z0-9_-]{86}"));
        Assert.That(second.Printed, Does.Not.Contain("fa_"));
        Assert.That(await database.ReadAsync<long>("SELECT count(*) FROM api_keys WHERE 'admin' = ANY (scopes)"), Is.EqualTo(1));
    }

    [Test]
    public async Task Main_FirstStartInProduction_PrintsNoKeyAndSaysHowToGetOne()
    {
        await using var database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        using var occupied = new TcpListener(IPAddress.Loopback, 0);
        occupied.Start();

        var (_, errors, printed) = await RunAsync(
            [$"--urls=http://127.0.0.1:{((IPEndPoint)occupied.LocalEndpoint).Port}", "--FACE_PROFILE=starter",
                $"--TEMPLATE_KEYS={TestKeys.First}"],
            $"ConnectionStrings__Default={database.ConnectionString}");

        Assert.That(printed + errors, Does.Not.Contain("fa_").And.Contains("--issue-admin-key"));
        Assert.That(await database.ReadAsync<long>("SELECT count(*) FROM api_keys"), Is.Zero);
    }

    [Test]
    public async Task IssueAdminKey_FreshDatabase_PrintsAKeyAndLetsTheServerOut()
    {
        await using var database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();

        var (code, errors, printed) = await RunAsync(["--issue-admin-key"], $"ConnectionStrings__Default={database.ConnectionString}");

        var key = Regex.Match(printed, "fa_[A-Za-z0-9_-]{86}").Value;
        await using var server =
            await RunningServer.StartOnAsync(
                database.ConnectionString, "FACE_PROFILE=starter", "urls=http://0.0.0.0:0", "environment=Production");
        var port = server.Address.Port;
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
        var without = await http.GetAsync("/students");
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        var with = await http.GetAsync("/students");
        Assert.That((code, errors), Is.EqualTo((0, "")));
        Assert.That((without.StatusCode, with.StatusCode), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.OK)));
    }

    [Test]
    public async Task ConfiguredAdminKey_InAFile_LetsItsBearerIn()
    {
        await using var database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        var file = Path.GetTempFileName();
        var key = "fa_" + new string('k', 40);
        await File.WriteAllTextAsync(file, key + "\n");

        await using var server = await RunningServer.StartOnAsync(
            database.ConnectionString, "FACE_PROFILE=starter", "environment=Production", $"FACE_ADMIN_KEY_FILE={file}");

        var without = await server.GetAsync("/students");
        var with = await server.SendAsync(HttpMethod.Get, "/students", ("X-Api-Key", key));
        Assert.That((without.Status, with.Status), Is.EqualTo((HttpStatusCode.Unauthorized, HttpStatusCode.OK)));
        File.Delete(file);
    }

    [Test]
    public async Task GiveUpTemplates_KeyFileLost_AsksAndThenKeepsAllButWhatTheKeyHadEncrypted()
    {
        await using var before = await RunningServer.StartAsync("FACE_PROFILE=starter", "WEBHOOK_ALLOW_NETWORKS=127.0.0.0/8");
        await before.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await before.AddUserAsync("admin-of-lost", "admin");
        await before.PostAsync("/api/v1/webhooks", RunningServer.Json("""{"url":"http://127.0.0.1:9/"}"""));
        await before.StopAsync();
        var folder = Directory.CreateTempSubdirectory("lost-key");
        var keyFile = Path.Combine(folder.FullName, ".data", "server-keys");
        string[] variables = [$"ConnectionStrings__Default={before.Database.ConnectionString}", "ASPNETCORE_ENVIRONMENT=Development"];

        var refused = await RunInAsync(folder.FullName, ["--urls=http://127.0.0.1:0", "--FACE_PROFILE=starter"], variables);
        var asked = await RunInAsync(folder.FullName, ["--give-up-templates"], variables);
        var isMade = File.Exists(keyFile);
        var done = await RunInAsync(folder.FullName, ["--give-up-templates", "--yes"], variables);
        var again = await RunInAsync(folder.FullName, ["--give-up-templates", "--yes"], variables);
        var shown = await RunInAsync(folder.FullName, ["--show-webhook-secret"], variables);

        Assert.That(refused.Code, Is.EqualTo(1));
        Assert.That(refused.Output, Does.Contain("'test-1'").And.Contains("--give-up-templates"));
        Assert.That(asked.Output, Is.Empty);
        Assert.That(
            asked.Printed, Does.Contain("'test-1'").And.Contains("1 face templates of 1 students").And.Contains("Nothing was removed."));
        Assert.That(isMade, Is.False, "a key file in the place of the lost one");
        Assert.That(done.Code, Is.Zero);
        Assert.That(done.Printed, Does.Contain("Removed."));
        Assert.That(again.Printed, Does.Contain("Everything in the database opens"));
        Assert.That(shown.Printed, Does.StartWith("whsec_"));
        await using var after = await RunningServer.StartOnAsync(
            before.Database.ConnectionString, "FACE_PROFILE=starter", "SERVER_KEYS=", $"SERVER_KEY_FILE={keyFile}");
        Assert.That((await after.GetAsync("/health")).Body, Is.EqualTo("""{"ok":true,"encodings":0,"labels":0}"""));
        Assert.That((await after.GetAsync("/students/ayu")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await after.LogInAsync("admin-of-lost")).Access, Is.Not.Empty);
        Assert.That((await after.GetAsync("/api/v1/webhooks")).Json.GetProperty("items")[0].GetProperty("enabled").GetBoolean(), Is.False);
        Assert.That(
            (await after.GetAsync("/api/v1/audit?action=template.given_up")).Json.GetProperty("items").GetArrayLength(), Is.EqualTo(1));
        Assert.That((await after.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu))).Body, Does.Contain("\"saved\":1"));
        folder.Delete(recursive: true);
    }

    [Test]
    public async Task Main_BadVariables_NamesThemAll()
    {
        var (code, output, _) = await RunAsync(
            [], Database, "ASPNETCORE_ENVIRONMENT=Development", "FACE_TOLERANCE=wide", "EVENT_COOLDOWN_SECONDS=-1",
            "ATTENDANCE_LOCAL_ENABLED=perhaps");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(output,
            Does.Contain("FACE_TOLERANCE is 'wide'").And.Contains("EVENT_COOLDOWN_SECONDS is '-1'").And
                .Contains("ATTENDANCE_LOCAL_ENABLED is 'perhaps'"));
        Assert.That(output, Does.Not.Contain("   at "));
    }

    [Test]
    public async Task Main_EnvFile_IsReadAndRealVariablesWin()
    {
        var folder = Directory.CreateTempSubdirectory("envfile");
        await File.WriteAllLinesAsync(
            Path.Combine(folder.FullName, ".env"),
            ["# settings", "export ASPNETCORE_ENVIRONMENT=Development", "FACE_TOLERANCE=\"from the file\"",
                "EVENT_COOLDOWN_SECONDS=from-the-file", Database]);

        var (_, output, _) = await RunInAsync(folder.FullName, [], ["FACE_TOLERANCE=from-outside"]);

        Assert.That(output, Does.Contain("FACE_TOLERANCE is 'from-outside'").And.Contains("EVENT_COOLDOWN_SECONDS is 'from-the-file'"));
        Assert.That(output, Does.Not.Contain("Production"));
        folder.Delete(recursive: true);
    }

    [Test]
    public async Task Main_NoDatabaseNamed_SaysSo()
    {
        var (code, output, _) = await RunAsync([], "ASPNETCORE_ENVIRONMENT=Development");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("ConnectionStrings__Default is not set"));
    }

    [Test]
    public async Task Main_DatabaseAway_SaysSoWithoutThePassword()
    {
        var (code, output, _) = await RunAsync(
            ["--Persistence:StartupWait=00:00:00"], Database + ";Password=hunter2", "ASPNETCORE_ENVIRONMENT=Development");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("FaceAttendance cannot start.").And.Contains("127.0.0.1:1").And.Not.Contains("hunter2"));
        Assert.That(output, Does.Not.Contain("   at "));
    }

    [Test]
    public async Task Main_PortInUse_NamesThePortAndTheRemedy()
    {
        using var occupied = new TcpListener(IPAddress.Loopback, 0);
        occupied.Start();
        var port = ((IPEndPoint)occupied.LocalEndpoint).Port;
        await using var database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();

        var (code, output, _) = await RunAsync(
            [$"--urls=http://127.0.0.1:{port}", "--FACE_PROFILE=starter"], $"ConnectionStrings__Default={database.ConnectionString}",
            "ASPNETCORE_ENVIRONMENT=Development");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain($"Port {port} (http://127.0.0.1:{port}) is in use").And.Contains("--urls"));
        Assert.That(output, Does.Not.Contain("   at "));
    }

    [Test]
    public async Task Main_CorruptedWeights_NamesFileAndDigest()
    {
        await using var database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        var folder = Directory.CreateTempSubdirectory("weights");
        foreach (var file in new[] { "detector.onnx", "embedder.onnx", "starter/detector.onnx", "starter/embedder.onnx" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder.FullName, file))!);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, file), "no weights");
        }

        var (code, output, _) = await RunAsync(
            ["--urls=http://127.0.0.1:0", "--FACE_PROFILE=starter"],
            $"ConnectionStrings__Default={database.ConnectionString}", "ASPNETCORE_ENVIRONMENT=Development",
            $"FACE_MODELS_DIR={folder.FullName}");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(output, Does.Contain("detector.onnx").And.Contains("SHA-256").And.Not.Contains("   at "));
        folder.Delete(recursive: true);
    }

    private static Task<(int Code, string Output, string Printed)> RunAsync(string[] arguments, params string[] variables) =>
        RunInAsync(Path.GetTempPath(), arguments, variables);

    private static Task<(int Code, string Output, string Printed)> RunInAsync(string folder, string[] arguments, string[] variables) =>
        ServerProcess.RunAsync(folder, arguments, variables);
}
