using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Enrollment;

/// <summary>What <c>enroll</c> does with a list of overrides, and with photos of several people or on their side.</summary>
public sealed class PhotoOverridesTests
{
    private TemporaryFolder _folder = null!;
    private TemporaryFolder _elsewhere = null!;
    private ContractServer _server = null!;
    private Dictionary<string, string> _environment = null!;

    [SetUp]
    public async Task StartAsync()
    {
        (_folder, _elsewhere) = (new(), new());
        _server = await ContractServer.StartAsync();
        _environment = new() { ["FACE_SERVER"] = _server.Url, ["XDG_STATE_HOME"] = _elsewhere.Root };
        _folder.Write("siswaA/1.jpg", "twin 1");
        _folder.Write("siswaA/2.jpg", "twin 2");
        _folder.Write("siswaB/1.jpg", "twin changed");
        _folder.Write("siswaC/1.jpg", "plain");
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
        _elsewhere.Dispose();
    }

    [TestCase(",", "\n")]
    [TestCase(";", "\r\n")]
    [TestCase("\t", "\n")]
    public async Task Enroll_WithOverrides_LetsJustThosePhotosInWithTheirReasons(string separator, string end)
    {
        var outcome = await EnrollAsync(string.Join(end,
            "student_id,file,override,reason", "siswaA,1.jpg,duplicate,twin of siswaZ", "siswaB,,duplicate,cousin",
            "siswaB,,another_person,grew up", "")
            .Replace(",", separator, StringComparison.Ordinal));

        Assert.That(outcome.Code, Is.EqualTo(1), outcome.Errors);
        Assert.That(outcome.Lines, Does.Contain("siswaA: 1 saved, 0 already enrolled, 1 refused"));
        Assert.That(outcome.Lines, Does.Contain("siswaB: 1 saved, 0 already enrolled, 0 refused"));
        Assert.That(outcome.Lines, Does.Contain("overridden\tsiswaA/1.jpg\tduplicate_person: twin of siswaZ"));
        Assert.That(outcome.Output, Does.Not.Contain("not needed"));
        Assert.That(_server.Reasons, Is.EquivalentTo(new[] { "siswaA: twin of siswaZ", "siswaB: cousin; grew up" }));
    }

    [Test]
    public async Task Enroll_OverrideThatNoPhotoNeeded_IsReportedAndNotSent()
    {
        var outcome = await EnrollAsync("student_id,override,reason\nsiswaC,duplicate,to be sure\n");

        Assert.That(outcome.Lines, Has.One.StartsWith("not needed\tline 2\tsiswaC\t"));
        Assert.That(_server.Reasons, Is.Empty);
    }

    [TestCase("siswaA,1.jpg,duplicat,why", "override must be duplicate or another_person, not 'duplicat'.")]
    [TestCase("siswaA,1.jpg,duplicate,", "reason must say in 1 to 500 characters why")]
    [TestCase("siswaX,,duplicate,why", "there is no photo of siswaX.")]
    [TestCase("siswaA,9.jpg,duplicate,why", "siswaA has no photo 9.jpg")]
    [TestCase("siswa A,,duplicate,why", "student_id has ")]
    [TestCase("siswaC,1.jpg,duplicate,again", "it says the same as line 2.")]
    public async Task Enroll_WrongRow_NamesTheLineAndSendsNothing(string row, string expected)
    {
        var outcome = await EnrollAsync($"student_id,file,override,reason\nsiswaC,1.jpg,duplicate,why\n{row}\n");

        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(outcome.Errors, Does.Contain("line 3").And.Contain(expected).And.Contain("Nothing was sent"));
        Assert.That(_server.Uploads, Is.Zero);
    }

    [TestCase("student_id,override\nsiswaA,duplicate\n", "reason missing")]
    [TestCase("student_id,override,reason,colour\nsiswaA,duplicate,why,red\n", "colour is not known")]
    [TestCase("", "student_id, override, reason missing")]
    [TestCase("student_id,override,reason\nsiswaA,duplicate,\"why\n", "has wrong rows")]
    public async Task Enroll_WrongList_SaysWhatItMustHaveAndSendsNothing(string list, string expected)
    {
        var outcome = await EnrollAsync(list);

        Assert.That(outcome.Code, Is.EqualTo(1));
        Assert.That(outcome.Errors, Does.Contain(expected));
        Assert.That(_server.Uploads, Is.Zero);
    }

    [Test]
    public async Task Enroll_CentralAndSideways_AreSaidOfEachPhoto()
    {
        _folder.Write("siswaD/1.jpg", "group");
        _folder.Write("siswaD/2.jpg", "sideways");

        var outcome = await CommandRun.FinishAsync(_environment, "enroll", _folder.Root, "--central");

        Assert.That(outcome.Lines, Does.Contain("siswaD: 2 saved, 0 already enrolled, 0 refused"));
        Assert.That(outcome.Lines, Does.Contain("central\tsiswaD/1.jpg\t2 faces were found; the one in the middle was taken."));
        Assert.That(outcome.Lines, Has.One.StartsWith("turned\tsiswaD/2.jpg\t90"));
    }

    [Test]
    public async Task Enroll_FaceLikeAnotherStudents_NamesTheLookalike()
    {
        _folder.Write("siswaD/1.jpg", "sibling");

        var outcome = await CommandRun.FinishAsync(_environment, "enroll", _folder.Root);

        Assert.That(outcome.Lines, Has.One.StartsWith("lookalike\tsiswaD/1.jpg\tsiswaZ: looks much alike (similarity 0.52)."));
    }

    [Test]
    public async Task Enroll_GroupWithoutCentral_IsRefused()
    {
        _folder.Write("siswaD/1.jpg", "group");

        var outcome = await CommandRun.FinishAsync(_environment, "enroll", _folder.Root);

        Assert.That(outcome.Lines, Has.One.StartsWith("refused\tsiswaD/1.jpg\tmultiple_faces"));
    }

    private Task<Outcome> EnrollAsync(string overrides)
    {
        _elsewhere.Write("overrides.csv", overrides);
        return CommandRun.FinishAsync(_environment, "enroll", _folder.Root, "--overrides", Path.Combine(_elsewhere.Root, "overrides.csv"));
    }
}
