using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FaceAttendance.Infrastructure;
using FaceAttendance.Infrastructure.Operations;
using FaceAttendance.TestKit;
using FaceAttendance.WebApi.Operations;

namespace FaceAttendance.WebApi.Tests.Operations;

/// <summary>The program as a process of its own, asked to examine installations of which one thing is wrong.</summary>
public sealed class DoctorTests
{
    private DirectoryInfo _folder = null!;
    private TestDatabase _database = null!;
    private string _keyFile = null!;

    [SetUp]
    public async Task SetUpAsync()
    {
        _folder = Directory.CreateTempSubdirectory("doctor");
        _database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        _keyFile = Path.Combine(_folder.FullName, "server-keys");
        await WriteKeysAsync(TestKeys.First);
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _database.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Test]
    public async Task Doctor_ServerRuns_EverythingIsOkAndNothingChanges()
    {
        await using var server = await RunningServer.StartOnAsync(_database.ConnectionString, "FACE_PROFILE=starter",
            $"SERVER_KEYS={TestKeys.First}");
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        var before = await _database.ReadAsync<long>("SELECT count(*) FROM audit");

        var (code, found) = await ExamineAsync($"--urls={server.Address}");

        Assert.That(found.Where(f => f.State != "ok").Select(f => f.Message), Is.All.Contains("audit log").Or.Contains("HEIC")
            .Or.Contains("BACKUP_FOLDER"));
        Assert.That(code, Is.Zero);
        Assert.That(found.Select(f => f.Check).Distinct(),
            Is.SupersetOf(new[] { "settings", "engines", "models", "database", "keys", "port", "clock", "backup", "disk" }));
        Assert.That(Messages(found, "engines"), Does.Match("ONNX Runtime [0-9.]+, libvips [0-9.]+ are loaded."));
        Assert.That(Messages(found, "database"), Does.Contain("PostGIS is here").And.Contains("Every migration is applied."));
        Assert.That(Messages(found, "keys"), Does.Contain("They open what the database holds."));
        Assert.That(Messages(found, "port"), Does.Contain($"answers on {server.Address.ToString().TrimEnd('/')}").And.Contains("is ready"));
        Assert.That(found.Count(f => f.Check == "clock"), Is.EqualTo(2), "the database's and the server's");
        Assert.That(await _database.ReadAsync<long>("SELECT count(*) FROM audit"), Is.EqualTo(before));
    }

    [Test]
    public Task Doctor_NoBackupWhereTheyAreToLie_SaysSo() =>
        AssertFaultAsync("backup", "There is no backup in", "pg_dump", [$"--BACKUP_FOLDER={_folder.CreateSubdirectory("dumps").FullName}"]);

    [TestCase(-1, "fault", "ended")]
    [TestCase(5, "warning", "Renew it and restart the server before")]
    [TestCase(200, "ok", "is good until")]
    public void JudgeCertificate_AroundItsEnd_SaysWhatToDo(int leftDays, string state, string expected)
    {
        var now = DateTimeOffset.UtcNow;
        var found = ServerExamination.JudgeCertificate(
            new("school.example", "An authority", now.AddDays(leftDays - 365), now.AddDays(leftDays), ""), now);

        Assert.That(found.State.ToString(), Is.EqualTo(state).IgnoreCase);
        Assert.That(found.Message, Does.Contain(expected).And.Contains("school.example"));
    }

    [TestCase(25, "ok")]
    [TestCase(27, "fault")]
    public void JudgeBackup_AroundItsAge_SaysHowOldItIs(int hours, string state)
    {
        var now = DateTimeOffset.UtcNow;
        var found = ServerExamination.JudgeBackup(new("/backups", now.AddHours(-hours), TimeSpan.FromHours(26)), now);

        Assert.That(found.State.ToString(), Is.EqualTo(state).IgnoreCase);
        Assert.That(found.Message, Does.Contain($"is {hours} h old"));
    }

    [Test]
    public async Task Doctor_EmptyDatabase_IsNotSetUp()
    {
        var (code, found) = await ExamineAsync();

        Assert.That(code, Is.Zero, Messages(found, "database"));
        Assert.That(Messages(found, "database"), Does.Contain("The database is empty; the server sets it up when it starts."));
        Assert.That(Messages(found, "port"), Does.EndWith("is free; no server runs there."));
        Assert.That(await _database.ReadAsync<long>("SELECT count(*) FROM pg_class WHERE relname = 'students'"), Is.Zero);
    }

    [Test]
    public async Task Doctor_Text_IsALineForEachThing()
    {
        var (code, _, printed) = await ServerProcess.RunAsync(_folder.FullName, ["--doctor", .. Settings()], []);

        Assert.That(code, Is.Zero);
        Assert.That(printed.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.All.Match("^(ok|warning|fault)\t[a-z]+\t.+$"));
    }

    [Test]
    public async Task Doctor_WrongDigest_NamesTheFileAndTheRemedy()
    {
        foreach (var file in new[] { "detector.onnx", "embedder.onnx", "starter/detector.onnx", "starter/embedder.onnx" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder.FullName, file))!);
            await File.WriteAllTextAsync(Path.Combine(_folder.FullName, file), "no weights");
        }

        await AssertFaultAsync("models", "have the SHA-256", "run onnx-models/fetch-and-verify.sh",
            [$"--FACE_MODELS_DIR={_folder.FullName}"]);
    }

    [Test]
    public async Task Doctor_EngineThatIsNone_NamesTheFileAndTheRemedy()
    {
        // Of the same files, for those need no room, on the same disk.
        var programs = Path.Combine(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/'))!, $"doctor-{Guid.NewGuid():N}");
        using (var copy = Process.Start("cp", ["-al", AppContext.BaseDirectory, programs])) await copy.WaitForExitAsync();
        var engine = Directory.GetFiles(programs, "libvips.so.42", SearchOption.AllDirectories).First();
        File.Delete(engine);
        await File.WriteAllTextAsync(engine, "no engine");

        var (_, _, printed) = await ServerProcess.RunAsync(_folder.FullName, ["--doctor", "--json", .. Settings()], [], programs);

        Directory.Delete(programs, recursive: true);
        var found = Read(printed);
        Assert.That(Fault(found, "engines"),
            Does.Contain("libvips was found at").And.Contains("cannot be loaded").And.Contains("dotnet publish -r"));
        Assert.That(Messages(found, "database"), Does.Contain("PostGIS is here"));
    }

    [Test]
    public Task Doctor_NobodyAnswersAtTheDatabase_SaysWhereItLooked() => AssertFaultAsync(
        "database", "on 127.0.0.1:1 did not answer", "Start PostgreSQL there",
        ["--ConnectionStrings:Default=Host=127.0.0.1;Port=1;Database=none;Username=none;Password=hunter2"]);

    [Test]
    public async Task Doctor_UnknownDatabaseOrRole_IsToldAsRefused() => await AssertFaultAsync(
        "database", "refuses the connection", "Correct Persistence:ConnectionString",
        [$"--ConnectionStrings:Default={_database.ConnectionString};Database=no_such_database"]);

    [Test]
    public async Task Doctor_NoDatabaseNamed_LooksAtEverythingElse()
    {
        var (code, found) = await ExamineInAsync([$"--SERVER_KEY_FILE={_keyFile}", "--FACE_PROFILE=starter", "--urls=http://127.0.0.1:0"]);

        Assert.That(code, Is.EqualTo(1));
        Assert.That(
            Fault(found, "settings"), Does.Contain("ConnectionStrings__Default is not set").And.Contains("./run.sh makes a database"));
        Assert.That(Messages(found, "models"), Does.Contain("starter"));
        Assert.That(Messages(found, "keys"), Does.Contain($"of {_keyFile} encrypts."));
        Assert.That(found.Select(f => f.Check), Does.Not.Contain("database"));
    }

    [Test]
    public async Task Doctor_NoPostGis_SaysWhatASuperuserRuns()
    {
        await _database.ExecuteAsync("DROP EXTENSION IF EXISTS postgis CASCADE");

        await AssertFaultAsync("database", "PostGIS is not part of the database", "CREATE EXTENSION postgis", []);
    }

    [Test]
    public async Task Doctor_DatabaseOfANewerVersion_IsRefused()
    {
        await MigrateAsync();
        await _database.ExecuteAsync("INSERT INTO schema_migrations (name, sha256) VALUES ('9999_of_tomorrow', repeat('0', 64))");

        await AssertFaultAsync("database", "9999_of_tomorrow", "it was migrated by a newer version. Start that one", []);
    }

    [Test]
    public async Task Doctor_MigrationsWait_IsAWarning()
    {
        await MigrateAsync();
        await _database.ExecuteAsync("DELETE FROM schema_migrations WHERE name = (SELECT max(name) FROM schema_migrations)");

        var (code, found) = await ExamineAsync();

        Assert.That((code, found.Single(f => f.Message.StartsWith("1 migrations wait", StringComparison.Ordinal)).State),
            Is.EqualTo((0, "warning")));
    }

    [Test]
    public async Task Doctor_UnreadableKeyFile_SaysWhereItWasLookedFor()
    {
        File.Delete(_keyFile);

        await AssertFaultAsync("keys", $"The key file {_keyFile} cannot be read", "Put it back from its copy, or correct SERVER_KEY_FILE",
            []);
    }

    [Test]
    public async Task Doctor_KeyFileThatOthersRead_IsAWarning()
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_keyFile, (UnixFileMode)0b110_100_100);

        var (code, found) = await ExamineAsync();

        var told = found.Single(f => f is { Check: "keys", State: "warning" }).Message;
        Assert.That((code, told), Is.EqualTo((0, $"The key file {_keyFile} is open to other users (0644). Run: chmod 600 {_keyFile}")));
    }

    [Test]
    public async Task Doctor_AnotherKeyOfTheSameName_IsTold()
    {
        await MigrateAsync();
        await WriteKeysAsync($"{TestKeys.First.Split(':')[0]}:{Convert.ToBase64String(Enumerable.Repeat((byte)9, 32).ToArray())}");

        await AssertFaultAsync("keys", "is not the one that this database was encrypted with", "Put the right one back into the file", []);
    }

    [Test]
    public async Task Doctor_BusyPort_NamesItAndTheRemedy()
    {
        using var occupied = new TcpListener(IPAddress.Loopback, 0);
        occupied.Start();
        var port = ((IPEndPoint)occupied.LocalEndpoint).Port;
        // It takes the question and hangs up.
        _ = Task.Run(async () => { using var caller = await occupied.AcceptTcpClientAsync(); });

        await AssertFaultAsync("port", $"Port {port} (http://127.0.0.1:{port}) is in use by another program",
            "listen elsewhere, such as --urls", [$"--urls=http://127.0.0.1:{port}"]);
    }

    [Test]
    public async Task Doctor_ServersClockIsOff_SaysByHowMuch()
    {
        using var fake = new TcpListener(IPAddress.Loopback, 0);
        fake.Start();
        var answering = AnswerReadyAsync(fake, DateTimeOffset.UtcNow.AddHours(-1));

        await AssertFaultAsync(
            "clock", "s ahead of that of the server on", "Let a time server keep both clocks",
            [$"--urls=http://127.0.0.1:{((IPEndPoint)fake.LocalEndpoint).Port}"]);
        await answering;
    }

    [TestCase("FACE_TOLERANCE=wide", "FACE_TOLERANCE is 'wide'", "it must be a distance from 0")]
    [TestCase("EVENT_COOLDOWN_SECONDS=-1", "EVENT_COOLDOWN_SECONDS is '-1'", "it must be a number of seconds")]
    public async Task Doctor_BadValue_IsToldAndTheRestLookedAt(string variable, string what, string remedy)
    {
        var (code, found) = await ExamineInAsync(Settings(), variable);

        Assert.That(code, Is.EqualTo(1));
        Assert.That(Fault(found, "settings"), Does.Contain(what).And.Contains(remedy));
        Assert.That(Messages(found, "database"), Does.Contain("PostGIS is here"));
    }

    [Test]
    public async Task Doctor_UnknownVariables_AreToldFromTheFileAndTheEnvironment()
    {
        await File.WriteAllLinesAsync(Path.Combine(_folder.FullName, ".env"), ["FACE_TOLERENCE=0.4", "PAYROLL=x"]);

        var (code, found) = await ExamineInAsync(Settings(), "FACE_SOMETHING_ELSE=1");

        Assert.That(code, Is.EqualTo(1));
        Assert.That(
            Fault(found, "settings"), Does.Contain("FACE_TOLERENCE is no variable of this server; FACE_TOLERANCE is. Correct the name"));
        Assert.That(Messages(found, "settings"), Does.Contain("The environment's FACE_SOMETHING_ELSE is no variable of this server"));
    }

    [TestCase(50L << 20, FindingState.Fault, "50 MiB are free where /data lies: the disk is full. Remove what is not needed there")]
    [TestCase(500L << 20, FindingState.Warning, "500 MiB are free where /data lies. Make room there")]
    [TestCase(5L << 30, FindingState.Ok, "5,120 MiB are free where /data lies.")]
    public void JudgeDisk_FreeBytes_TellsFullFromLow(long free, FindingState state, string message)
    {
        var found = Doctor.JudgeDisk("/data", free);

        Assert.That((found.State, found.Message), Is.EqualTo((state, found.Message)));
        Assert.That(found.Message, Does.StartWith(message));
    }

    private async Task AssertFaultAsync(string check, string what, string remedy, string[] settings)
    {
        var (code, found) = await ExamineAsync(settings);

        Assert.That(code, Is.EqualTo(1));
        Assert.That(Fault(found, check), Does.Contain(what).And.Contains(remedy).And.Not.Contains("hunter2"));
    }

    private Task<(int Code, IReadOnlyList<Found> Found)> ExamineAsync(params string[] settings) => ExamineInAsync(Settings(settings));

    private async Task<(int Code, IReadOnlyList<Found> Found)> ExamineInAsync(string[] settings, params string[] variables)
    {
        var (code, errors, printed) = await ServerProcess.RunAsync(_folder.FullName, ["--doctor", "--json", .. settings], variables);
        Assert.That(errors, Is.Empty);
        Assert.That(JsonDocument.Parse(printed).RootElement.GetProperty("ok").GetBoolean(), Is.EqualTo(code == 0));
        return (code, Read(printed));
    }

    private static IReadOnlyList<Found> Read(string report) =>
    [
        .. JsonDocument.Parse(report).RootElement.GetProperty("checks").EnumerateArray().Select(f => new Found(
            f.GetProperty("check").GetString()!, f.GetProperty("state").GetString()!, f.GetProperty("message").GetString()!)),
    ];

    // What is given later wins.
    private string[] Settings(params string[] settings) =>
    [
        $"--ConnectionStrings:Default={_database.ConnectionString}", $"--SERVER_KEY_FILE={_keyFile}", "--FACE_PROFILE=starter",
        "--urls=http://127.0.0.1:0", .. settings,
    ];

    private async Task MigrateAsync()
    {
        await using var server = await RunningServer.StartOnAsync(_database.ConnectionString, "FACE_PROFILE=starter",
            $"SERVER_KEYS={TestKeys.First}");
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
    }

    private async Task WriteKeysAsync(string keys)
    {
        await File.WriteAllTextAsync(_keyFile, keys);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_keyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static async Task AnswerReadyAsync(TcpListener listener, DateTimeOffset date)
    {
        using var caller = await listener.AcceptTcpClientAsync();
        await using var stream = caller.GetStream();
        await stream.ReadAtLeastAsync(new byte[4096], minimumBytes: 1);
        const string Body = """{"status":"ready","checks":{"database":"ok"}}""";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 200 OK\r\nDate: {date:R}\r\nContent-Length: {Body.Length}\r\nConnection: close\r\n\r\n{Body}")));
    }

    private static string Messages(IEnumerable<Found> found, string check) =>
        string.Join(" ", found.Where(f => f.Check == check).Select(f => f.Message));

    private static string Fault(IEnumerable<Found> found, string check) =>
        string.Join(" ", found.Where(f => f.Check == check && f.State == "fault").Select(f => f.Message));

    private sealed record Found(string Check, string State, string Message);
}
