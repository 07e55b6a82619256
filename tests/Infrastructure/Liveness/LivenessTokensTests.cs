using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Liveness;

/// <summary>Result tokens and attempts as several server processes on one database see them.</summary>
internal sealed class LivenessTokensTests : DatabaseFixture
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 7, 0, 0, TimeSpan.Zero);

    private static readonly LivenessGrant Grant =
        new(SchoolId.First, new("ann"), new(Guid.NewGuid()), Now, Now.AddSeconds(60), PadAsked: true);

    [Test]
    public async Task Read_TokenOfAnotherProcess_IsTheGrant()
    {
        var issuer = await StartProcessAsync();
        var token = issuer.Get<ILivenessTokens>().Issue(Grant);
        var reader = await StartProcessAsync();

        Assert.That(reader.Get<ILivenessTokens>().Read(SchoolId.First, token, Now.AddSeconds(59)).Value, Is.EqualTo(Grant));
    }

    [Test]
    public async Task Read_ExpiredForeignOrChangedToken_IsRefusedByCode()
    {
        var tokens = (await StartProcessAsync()).Get<ILivenessTokens>();
        var token = tokens.Issue(Grant);
        var changed = (token[0] == 'A' ? 'B' : 'A') + token[1..];

        Assert.That(tokens.Read(SchoolId.First, token, Now.AddSeconds(60)).Error!.Code, Is.EqualTo("liveness.token_expired"));
        Assert.That(tokens.Read(new(Guid.NewGuid()), token, Now).Error!.Code, Is.EqualTo("liveness.token_invalid"));
        Assert.That(tokens.Read(SchoolId.First, changed, Now).Error!.Code, Is.EqualTo("liveness.token_invalid"));
        Assert.That(tokens.Read(SchoolId.First, "", Now).Error!.Code, Is.EqualTo("liveness.token_invalid"));
        Assert.That(tokens.Read(SchoolId.First, "no token at all", Now).Error!.Code, Is.EqualTo("liveness.token_invalid"));
    }

    [Test]
    public async Task Begin_FiftyAtOnceFromTwoProcesses_ThreeBeginAndTheRestHearHowLongToWait()
    {
        ILivenessAttempts[] attempts =
            [(await StartProcessAsync()).Get<ILivenessAttempts>(), (await StartProcessAsync()).Get<ILivenessAttempts>()];
        await Database.ExecuteAsync("INSERT INTO students (school_id, id) SELECT id, 'ann' FROM schools");
        var rule = new AttemptRule(3, TimeSpan.FromMinutes(10));

        var waits = await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            attempts[i % 2].BeginAsync(SchoolId.First, new("ann"), new(Guid.NewGuid()), LivenessTrier.Student, rule, default)));

        Assert.That(waits.Count(w => w <= TimeSpan.Zero), Is.EqualTo(3));
        Assert.That(waits.Where(w => w > TimeSpan.Zero), Is.All.InRange(TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10)));
    }

    [Test]
    public async Task Begin_OthersHaveUsedUpTheirs_TheStudentStillTriesAndTheSumIsBounded()
    {
        var attempts = (await StartProcessAsync()).Get<ILivenessAttempts>();
        await Database.ExecuteAsync("INSERT INTO students (school_id, id) SELECT id, 'ann' FROM schools");
        var began = new List<LivenessTrier>();

        foreach (var by in new[] { LivenessTrier.Anybody, LivenessTrier.Caller, LivenessTrier.Student })
        {
            for (var i = 0; i < 10; i++)
            {
                if (await attempts.BeginAsync(SchoolId.First, new("ann"), new(Guid.NewGuid()), by, new(3, TimeSpan.FromMinutes(10)),
                    default) <= TimeSpan.Zero) began.Add(by);
            }
        }

        Assert.That(began.CountBy(by => by).ToDictionary(), Is.EqualTo(Enum.GetValues<LivenessTrier>().ToDictionary(by => by, _ => 3)));
    }

    [Test]
    public async Task Begin_StudentWhoIsGoneOrWithdrewTheirConsent_IsNoAttempt()
    {
        var attempts = (await StartProcessAsync()).Get<ILivenessAttempts>();
        await Database.ExecuteAsync("INSERT INTO students (school_id, id, consent) SELECT id, 'ann', 'withdrawn' FROM schools");
        var rule = new AttemptRule(3, TimeSpan.FromMinutes(10));

        Assert.That(
            await attempts.BeginAsync(SchoolId.First, new("ann"), new(Guid.NewGuid()), LivenessTrier.Student, rule, default), Is.Null);
        Assert.That(
            await attempts.BeginAsync(SchoolId.First, new("bob"), new(Guid.NewGuid()), LivenessTrier.Student, rule, default), Is.Null);
    }
}
