using System.Text.RegularExpressions;
using FaceAttendance.Application;
using FaceAttendance.TestKit;
using FaceAttendance.WebApi.Operations;
using Microsoft.Extensions.Configuration;

namespace FaceAttendance.WebApi.Tests.Operations;

public sealed partial class ContractVariablesTests
{
    [TestCase("ATTENDANCE_WEBHOOK_URL", "https://school.example/hooks", "Webhook:Url", "https://school.example/hooks")]
    [TestCase(
        "ATTENDANCE_WEBHOOK_EVENTS", "attendance.absent, attendance.marked", "Webhook:Events", "attendance.absent, attendance.marked")]
    [TestCase("ATTENDANCE_API_KEY", "k-1", "Webhook:ApiKey", "k-1")]
    [TestCase(
        "ATTENDANCE_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "Webhook:Secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [TestCase("EVENT_COOLDOWN_SECONDS", "0", "Attendance:Cooldown", "00:00:00")]
    [TestCase("EVENT_COOLDOWN_SECONDS", " 2.5 ", "Attendance:Cooldown", "00:00:02.5000000")]
    [TestCase("EVENT_COOLDOWN_SECONDS", "86400", "Attendance:Cooldown", "1.00:00:00")]
    [TestCase("ATTENDANCE_LOCAL_ENABLED", "Off", "Attendance:RecordLocally", "false")]
    [TestCase("ATTENDANCE_LOCAL_ENABLED", "yes", "Attendance:RecordLocally", "true")]
    [TestCase("ATTENDANCE_LOCAL_DEDUP_SECONDS", "-5", "Attendance:Dedup", "00:00:00")]
    [TestCase("ATTENDANCE_LOCAL_DEDUP_SECONDS", "60", "Attendance:Dedup", "00:01:00")]
    [TestCase("SCHOOL_TIME_ZONE", "Asia/Jakarta", "Attendance:TimeZone", "Asia/Jakarta")]
    [TestCase("MAP_TILES_URL", "https://{s}.t.example/{z}/{x}/{y}.png", "Screens:MapTiles", "https://{s}.t.example/{z}/{x}/{y}.png")]
    [TestCase("ACCESS_TOKEN_MINUTES", "1440", "Accounts:AccessTokenLifetime", "1.00:00:00")]
    [TestCase("REFRESH_TOKEN_DAYS", "30", "Accounts:RefreshTokenLifetime", "30.00:00:00")]
    [TestCase("PASSWORD_MIN_LENGTH", "12", "Accounts:MinPasswordLength", "12")]
    [TestCase("FACE_TOLERANCE", "0.45", "Recognition:Tolerance", "0.45")]
    [TestCase("FACE_STRANGER_RATE", "0.001", "Recognition:StrangerRate", "0.001")]
    [TestCase("FACE_PROFILE", "starter", "Inference:Profile", "starter")]
    [TestCase("FACE_ACCEPT_NONCOMMERCIAL", "1", "Inference:AcceptNonCommercial", "true")]
    [TestCase("FACE_WORKERS", "2", "Inference:Workers", "2")]
    [TestCase("FACE_QUEUE_LENGTH", "8", "Inference:QueueLength", "8")]
    [TestCase("FACE_MIN_PIXELS", "48", "Inference:MinFacePixels", "48")]
    public void AddContractVariables_GoodValue_FillsItsOption(string variable, string value, string setting, string expected)
    {
        var configuration = Configured((variable, value));

        configuration.AddContractVariables();

        Assert.That(configuration[setting], Is.EqualTo(expected));
    }

    [TestCase("ATTENDANCE_WEBHOOK_URL", "localhost:9000/hook")]
    [TestCase("ATTENDANCE_WEBHOOK_URL", "ftp://school.example/hook")]
    [TestCase("ATTENDANCE_WEBHOOK_URL", "/hook")]
    [TestCase("ATTENDANCE_API_KEY", "two words")]
    [TestCase("ATTENDANCE_API_KEY", "line\nbreak")]
    [TestCase("ATTENDANCE_WEBHOOK_SECRET", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [TestCase("ATTENDANCE_WEBHOOK_SECRET", "whsec_c2hvcnQ=")]
    [TestCase("ATTENDANCE_WEBHOOK_SECRET", "whsec_no-base64!")]
    [TestCase("FACE_ADMIN_KEY", "fa_short")]
    [TestCase("FACE_ADMIN_KEY", "0123456789012345678901234567890123456789")]
    [TestCase("FACE_ADMIN_KEY_FILE", "/no/such/file")]
    [TestCase("EVENT_COOLDOWN_SECONDS", "five")]
    [TestCase("EVENT_COOLDOWN_SECONDS", "-1")]
    [TestCase("EVENT_COOLDOWN_SECONDS", "86401")]
    [TestCase("EVENT_COOLDOWN_SECONDS", "1,5")]
    [TestCase("EVENT_COOLDOWN_SECONDS", "NaN")]
    [TestCase("ATTENDANCE_LOCAL_ENABLED", "maybe")]
    [TestCase("ATTENDANCE_LOCAL_DEDUP_SECONDS", "1e99")]
    [TestCase("SCHOOL_TIME_ZONE", "Asia/Jakart")]
    [TestCase("MAP_TILES_URL", "https://tiles.example/{z}/{x}.png")]
    [TestCase("MAP_TILES_URL", "javascript:{z}{x}{y}")]
    [TestCase("ACCESS_TOKEN_MINUTES", "0")]
    [TestCase("REFRESH_TOKEN_DAYS", "1.5")]
    [TestCase("LIVENESS_MEMORY_DAYS", "366")]
    [TestCase("LIVENESS_MEMORY_DAYS", "-1")]
    [TestCase("LIVENESS_SECONDS", "601")]
    [TestCase("DRAIN_SECONDS", "301")]
    [TestCase("REDIS_URL", "10.0.0.5:6379")]
    [TestCase("UPLOAD_IDLE_SECONDS", "601")]
    [TestCase("FACE_STRANGER_RATE", "0")]
    [TestCase("FACE_STRANGER_RATE", "0.6")]
    [TestCase("FACE_STRANGER_RATE", "1%")]
    [TestCase("PASSWORD_MIN_LENGTH", "7")]
    [TestCase("FACE_TOLERANCE", "1.01")]
    [TestCase("FACE_TOLERANCE", "-0.1")]
    [TestCase("FACE_MODELS_DIR", "/no/such/folder")]
    [TestCase("FACE_ACCEPT_NONCOMMERCIAL", "2")]
    [TestCase("FACE_WORKERS", "-1")]
    [TestCase("FACE_WORKERS", "1.5")]
    [TestCase("FACE_QUEUE_LENGTH", "10001")]
    [TestCase("FACE_MIN_PIXELS", "4097")]
    public void AddContractVariables_BadValue_IsRefusedByName(string variable, string value)
    {
        var configuration = Configured((variable, value));

        var refusal = Assert.Throws<StartupException>(configuration.AddContractVariables)!;

        Assert.That(refusal.Message, Does.Contain(variable).And.Contains("must be"));
    }

    [Test]
    public void AddContractVariables_WrongWordInAList_IsNamed()
    {
        var configuration = Configured(("ATTENDANCE_WEBHOOK_EVENTS", "attendance.marked, attendance.abscent"));

        var refusal = Assert.Throws<StartupException>(configuration.AddContractVariables)!;

        Assert.That(refusal.Message,
            Does.StartWith("ATTENDANCE_WEBHOOK_EVENTS names 'attendance.abscent'; it must be types of events").And
                .Contains("attendance.absent"));
    }

    [Test]
    public void AddContractVariables_SeveralBadValues_AreAllToldAtOnce()
    {
        var configuration = Configured(("FACE_TOLERANCE", "wide"), ("EVENT_COOLDOWN_SECONDS", "long"), ("ATTENDANCE_API_KEY", "hunter 2"));

        var refusal = Assert.Throws<StartupException>(configuration.AddContractVariables)!;

        Assert.That(refusal.Message,
            Does.Contain("FACE_TOLERANCE is 'wide'").And.Contains("EVENT_COOLDOWN_SECONDS is 'long'").And.Contains("ATTENDANCE_API_KEY"));
        Assert.That(refusal.Message, Does.Not.Contain("hunter"));
    }

    [Test]
    public void AddContractVariables_EmptyValue_CountsAsNotGiven()
    {
        var configuration = Configured(("FACE_TOLERANCE", ""), ("ATTENDANCE_WEBHOOK_URL", "  "));

        configuration.AddContractVariables();

        Assert.That(configuration["Recognition:Tolerance"], Is.Null);
        Assert.That(configuration["Webhook:Url"], Is.Null);
    }

    [Test]
    public void AddContractVariables_NoDatabase_IsRefusedByName()
    {
        var configuration = new ConfigurationManager();

        var refusal = Assert.Throws<StartupException>(configuration.AddContractVariables)!;

        Assert.That(refusal.Message, Does.StartWith("ConnectionStrings__Default is not set."));
    }

    [Test]
    public void EnvExample_EveryVariable_IsDocumented()
    {
        var example = DotEnv.Parse(
            [.. File.ReadLines(Path.Combine(SharedFiles.ProjectRoot, ".env.example")).Select(line => line.TrimStart('#').Trim())
                .Where(line => line.Split('=')[0].All(c => char.IsAsciiLetter(c) || c == '_') && line.Contains('='))],
            ".env.example");

        Assert.That(example.Keys, Is.SupersetOf(ContractVariables.All.Select(v => v.Name)));
    }

    [Test]
    public void EnvExample_EveryRangeItNames_IsOneOfTheVariablesBelow()
    {
        var (said, wrong, seen) = ("", new List<string>(), 0);
        foreach (var line in File.ReadLines(Path.Combine(SharedFiles.ProjectRoot, ".env.example")).Append(""))
        {
            if (line.StartsWith("# ", StringComparison.Ordinal)) said += " " + line[2..];
            else if (ContractVariables.All.FirstOrDefault(v => line.StartsWith($"#{v.Name}=", StringComparison.Ordinal)) is { } variable)
                said = Range()
                    .Replace(
                        said, range => variable.Expected.Contains(range.Value, StringComparison.Ordinal) && ++seen > 0 ? "" : range.Value);
            else
            {
                wrong.AddRange(Range().Matches(said).Select(range => range.Value));
                said = "";
            }
        }

        Assert.That(wrong, Is.Empty);
        Assert.That(seen, Is.GreaterThanOrEqualTo(5), "The example names ranges, or nothing was looked at.");
    }

    [GeneratedRegex("[0-9]+ to [0-9]+")]
    private static partial Regex Range();

    private static ConfigurationManager Configured(params (string Name, string Value)[] variables)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection([new("ConnectionStrings:Default", "Host=127.0.0.1")]);
        configuration.AddInMemoryCollection(variables.Select(v => new KeyValuePair<string, string?>(v.Name, v.Value)));
        return configuration;
    }
}
