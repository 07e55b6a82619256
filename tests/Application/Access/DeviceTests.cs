using FaceAttendance.Application.Access;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Access;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DeviceTests
{
    private static readonly DeviceId Gate = new("gate-1");

    private readonly FakeApiKeys _keys = new();
    private readonly StandingClock _clock = new();

    [Test]
    public async Task Add_NewDevice_HasAKeyThatDoesNotExpire()
    {
        var issued = (await AddAsync()).Value;

        Assert.That(_keys.HashOf(issued.Key.Id), Is.EqualTo(issued.Secret.Sha256));
        Assert.That((issued.Key.Device, issued.Key.ExpiresAt), Is.EqualTo(((DeviceId?)Gate, (DateTimeOffset?)null)));
        Assert.That(issued.Key.Scopes, Is.EqualTo([Scopes.Recognize]));
    }

    [Test]
    public async Task Add_IdInUse_IsRefusedUntilTheDeviceIsRemoved()
    {
        await AddAsync();

        var second = await AddAsync();
        await new RemoveDeviceHandler(_keys).Handle(new(SchoolId.First, Gate), default);
        var afterwards = await AddAsync();

        Assert.That(second.Error, Is.EqualTo(DeviceErrors.Exists));
        Assert.That(afterwards.IsSuccess, Is.True);
    }

    [TestCase("recognize,liveness,presence", null)]
    [TestCase("", "scopes")]
    [TestCase("admin", "scopes")]
    [TestCase("recognize,enroll", "scopes")]
    public void Add_Scopes_AreThoseOfAMachineAtADoor(string scopes, string? field) => Assert.That(
        new AddDeviceValidator().FaultOf(
            new(SchoolId.First, Gate, "Gate", scopes.Split(',', StringSplitOptions.RemoveEmptyEntries), "local")), Is.EqualTo(field));

    [TestCase(0, true)]
    [TestCase(179, true)]
    [TestCase(180, false)]
    public async Task List_DeviceThatBeat_IsOnlineForThreeMinutes(int secondsLater, bool isOnline)
    {
        await AddAsync();
        await BeatAsync(Gate);
        _clock.Now += TimeSpan.FromSeconds(secondsLater);

        var page = await ListAsync();

        Assert.That(page.IsOnline(page.Items.Single()), Is.EqualTo(isOnline));
    }

    [Test]
    public async Task List_DeviceThatNeverBeatOrWasRemoved_IsNotOnline()
    {
        await AddAsync();
        var silent = await ListAsync();
        await BeatAsync(Gate);
        await new RemoveDeviceHandler(_keys).Handle(new(SchoolId.First, Gate), default);
        var removed = await ListAsync();

        Assert.That(silent.IsOnline(silent.Items.Single()), Is.False);
        Assert.That(removed.IsOnline(removed.Items.Single()), Is.False);
    }

    [Test]
    public async Task Beat_Device_NotesTheTimeAndUnknownIsNotFound()
    {
        await AddAsync();
        _clock.Now += TimeSpan.FromHours(1);

        Assert.That((await BeatAsync(Gate)).IsSuccess, Is.True);
        Assert.That((await BeatAsync(new("gate-2"))).Error, Is.EqualTo(DeviceErrors.NotFound));
        Assert.That(_keys.Kept.Single().LastHeartbeatAt, Is.EqualTo(_clock.Now));
    }

    [Test]
    public async Task Remove_UnknownDevice_IsNotFound() => Assert.That(
        (await new RemoveDeviceHandler(_keys).Handle(new(SchoolId.First, Gate), default)).Error, Is.EqualTo(DeviceErrors.NotFound));

    private Task<Result<IssuedApiKey>> AddAsync() => new AddDeviceHandler(_keys, _clock).Handle(
        new(SchoolId.First, Gate, "Main gate", [Scopes.Recognize, Scopes.Recognize], "local"), default);

    private Task<Result<Done>> BeatAsync(DeviceId device) =>
        new BeatDeviceHandler(_keys, _clock).Handle(new(SchoolId.First, device), default);

    private async Task<DevicePage> ListAsync() =>
        (await new ListDevicesHandler(_keys, _clock).Handle(new(SchoolId.First, 10, 0), default)).Value;
}
