using System.Collections;
using FaceAttendance.Application;
using FaceAttendance.TestKit;
using FaceAttendance.WebApi.Operations;

namespace FaceAttendance.WebApi.Tests.Operations;

public sealed class UnknownVariablesTests
{
    [TestCase("SCHOOL_TIMEZONE", "SCHOOL_TIME_ZONE")]
    [TestCase("FACE_TOLERENCE", "FACE_TOLERANCE")]
    [TestCase("TRUSTED_PROXY", "TRUSTED_PROXIES")]
    [TestCase("CORS_ORIGIN", "CORS_ORIGINS")]
    [TestCase("LIVENESS_STEP", "LIVENESS_STEPS")]
    [TestCase("RATE_LIMITS_PER_SECOND", "RATE_LIMIT_PER_SECOND")]
    [TestCase("ATTENDANCE_WEBHOOKURL", "ATTENDANCE_WEBHOOK_URL")]
    public void Check_NameNearlyOneOfTheServers_StopsTheStartAndNamesIt(string name, string meant)
    {
        var refusal = Assert.Throws<StartupException>(() => UnknownVariables.Check([name], ".env"))!;

        Assert.That(refusal.Message, Does.Contain(name).And.Contains(meant).And.Contains(".env"));
    }

    [TestCase("POSTGRES_PASSWORD")]
    [TestCase("COMPOSE_PROJECT_NAME")]
    [TestCase("TZ")]
    [TestCase("WEBHOOK_URL")]
    public void Check_NameOfAnotherProgram_IsToldAndLeftAlone(string name) =>
        Assert.That(UnknownVariables.Check([name], ".env"), Has.One.Items.And.All.Contains(name));

    [TestCase("ASPNETCORE_URLS")]
    [TestCase("DOTNET_gcServer")]
    [TestCase("Logging__LogLevel__Default")]
    [TestCase("Kestrel__Endpoints__Http__Url")]
    [TestCase("ConnectionStrings__Default")]
    [TestCase("Presence__Rule")]
    [TestCase("Accounts__FirstLock")]
    [TestCase("FACE_API_KEY", TestName = "Check_VariableOfTheCommandLine_IsNotSpokenOf")]
    public void Check_NameThatIsRead_IsNotSpokenOf(string name) => Assert.That(UnknownVariables.Check([name], ".env"), Is.Empty);

    [Test]
    public void Check_EveryVariableOfTheExample_IsKnown()
    {
        var names = File.ReadLines(Path.Combine(SharedFiles.ProjectRoot, ".env.example")).Select(l => l.TrimStart('#'))
            .Where(l => l.Contains('=') && l.Length > 0 && char.IsAsciiLetterUpper(l[0]))
            .Select(l => l.Split('=')[0]).Where(n => n.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'));

        Assert.That(UnknownVariables.Check(names, ".env"), Is.Empty);
    }

    [Test]
    public void CheckEnvironment_UnknownNameLikeTheServersOwn_IsToldAndNoOther()
    {
        var environment = new Hashtable
        {
            ["FACE_PROFIL"] = "starter",
            ["PATH"] = "/bin",
            ["FACE_PROFILE"] = "starter",
            ["LIVENESS_MODE"] = "x",
        };

        var told = UnknownVariables.CheckEnvironment(environment);

        Assert.That(told, Has.Count.EqualTo(2));
        Assert.That(told[0], Does.Contain("FACE_PROFIL ").And.Contains("FACE_PROFILE is one"));
        Assert.That(told[1], Does.Contain("LIVENESS_MODE"));
    }
}
