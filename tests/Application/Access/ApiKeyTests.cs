using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Access;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ApiKeyTests
{
    private readonly FakeApiKeys _keys = new();
    private readonly StandingClock _clock = new();

    [Test]
    public async Task Create_KeepsTheHashOfTheSecretThatIsShownOnce()
    {
        var issued = await CreateAsync(Scopes.Enroll, Scopes.Presence, Scopes.Enroll);

        Assert.That(_keys.Kept.Single(), Is.EqualTo(issued.Key));
        Assert.That(_keys.HashOf(issued.Key.Id), Is.EqualTo(ApiKeySecret.Parse(issued.Secret.Reveal())!.Sha256));
        Assert.That(issued.Key.Scopes, Is.EqualTo([Scopes.Enroll, Scopes.Presence]), "each once");
        Assert.That((issued.Key.CreatedBy, issued.Key.CreatedAt, issued.Key.Device), Is.EqualTo(("local", _clock.Now, (DeviceId?)null)));
    }

    [TestCase("Registry", "enroll", 0.001, null)]
    [TestCase("Registry", "enroll", 0, "expires_at")]
    [TestCase("Registry", "enroll", -1, "expires_at")]
    [TestCase(" ", "enroll", 1, "name")]
    [TestCase("two\nlines", "enroll", 1, "name")]
    [TestCase("Registry", "", 1, "scopes")]
    [TestCase("Registry", "enroll,everything", 1, "scopes")]
    public void Create_BadField_IsNamed(string name, string scopes, double seconds, string? field) => Assert.That(
        new CreateApiKeyValidator(_clock).FaultOf(
            new(SchoolId.First, name, scopes.Split(',', StringSplitOptions.RemoveEmptyEntries), _clock.Now.AddSeconds(seconds), "local")),
        Is.EqualTo(field));

    [TestCase(100, null)]
    [TestCase(101, "name")]
    public void Create_NameAroundItsLimit_IsTakenUpToIt(int length, string? field) => Assert.That(
        new CreateApiKeyValidator(_clock).FaultOf(new(SchoolId.First, new string('n', length), [Scopes.Admin], null, "local")),
        Is.EqualTo(field));

    [Test]
    public async Task Rotate_KeepsTheNewSecretAndTakesTheOldOneForTheOverlap()
    {
        var first = await CreateAsync(Scopes.Enroll);

        var rotated = await RotateAsync(first.Key.Id);

        Assert.That(rotated.Value.Key.PreviousUntil, Is.EqualTo(_clock.Now.AddMinutes(5)));
        Assert.That(_keys.HashOf(first.Key.Id), Is.EqualTo(rotated.Value.Secret.Sha256).And.Not.EqualTo(first.Secret.Sha256));
        Assert.That(rotated.Value.Secret.Id, Is.EqualTo(first.Key.Id));
    }

    [Test]
    public async Task Rotate_RevokedOrUnknown_IsNotFound()
    {
        var key = (await CreateAsync(Scopes.Enroll)).Key;
        await new RevokeApiKeyHandler(_keys).Handle(new(SchoolId.First, key.Id), default);

        Assert.That((await RotateAsync(key.Id)).Error, Is.EqualTo(ApiKeyErrors.NotFound));
        Assert.That((await RotateAsync(ApiKeyId.New())).Error, Is.EqualTo(ApiKeyErrors.NotFound));
    }

    [TestCase(0, null)]
    [TestCase(604_800, null)]
    [TestCase(-1, "overlap_seconds")]
    [TestCase(604_801, "overlap_seconds")]
    public void Rotate_OverlapAroundItsLimits_IsTakenWithinThem(int seconds, string? field) => Assert.That(
        new RotateApiKeyValidator().FaultOf(new(SchoolId.First, ApiKeyId.New(), TimeSpan.FromSeconds(seconds))), Is.EqualTo(field));

    [Test]
    public async Task Revoke_KnownKey_EndsItAndUnknownIsNotFound()
    {
        var key = (await CreateAsync(Scopes.Enroll)).Key;
        var handler = new RevokeApiKeyHandler(_keys);

        var known = await handler.Handle(new(SchoolId.First, key.Id), default);
        var unknown = await handler.Handle(new(SchoolId.First, ApiKeyId.New()), default);

        Assert.That(known.IsSuccess, Is.True);
        Assert.That(_keys.Kept.Single().RevokedAt, Is.Not.Null);
        Assert.That(unknown.Error, Is.EqualTo(ApiKeyErrors.NotFound));
    }

    [Test]
    public async Task List_OfPrograms_LeavesDevicesOutAndCountsAll()
    {
        for (var i = 0; i < 3; i++) await CreateAsync(Scopes.Enroll);
        await new AddDeviceHandler(_keys, _clock).Handle(
            new(SchoolId.First, new("gate-1"), "Gate", [Scopes.Recognize], "local"), default);

        var page = (await new ListApiKeysHandler(_keys).Handle(new(SchoolId.First, Limit: 2, Offset: 0), default)).Value;

        Assert.That((page.Items.Count, page.Total), Is.EqualTo((2, 3)));
        Assert.That(page.Items.Select(k => k.Device), Is.All.Null);
    }

    private async Task<IssuedApiKey> CreateAsync(params string[] scopes) => (await new CreateApiKeyHandler(_keys, _clock).Handle(
        new(SchoolId.First, "Registry", scopes, null, "local"), default)).Value;

    private Task<Domain.Result<IssuedApiKey>> RotateAsync(ApiKeyId id) =>
        new RotateApiKeyHandler(_keys, _clock).Handle(new(SchoolId.First, id, TimeSpan.FromMinutes(5)), default);
}
