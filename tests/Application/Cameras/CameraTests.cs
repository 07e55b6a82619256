using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Cameras;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Cameras;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CameraTests
{
    private static readonly SchoolId School = SchoolId.First;

    private readonly FakeCameras _cameras = new();
    private readonly FakeTargets _targets = new();

    [Test]
    public async Task Add_SourceThatMayBeReached_IsKeptAndAnyOtherIsNot()
    {
        var handler = new AddCameraHandler(_cameras, _targets);

        var kept = await handler.Handle(new(School, Gate("rtsp://10.0.0.7/live")), default);
        _targets.Refusal = CameraErrors.TargetRefused;
        var refused = await handler.Handle(new(School, Gate("http://127.0.0.1/live")), default);

        Assert.That(kept.Value.Camera.Source.Shown, Is.EqualTo("rtsp://10.0.0.7/live"));
        Assert.That(refused.Error, Is.EqualTo(CameraErrors.TargetRefused));
        Assert.That(_cameras.Kept, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Replace_AtTheSameMachine_KeepsCredentialsAndNowhereElse()
    {
        var camera = Gate("rtsp://u:secret@10.0.0.7/live");
        _cameras.Kept[camera.Id] = camera;
        var handler = new ReplaceCameraHandler(_cameras, _targets);

        await handler.Handle(new(School, camera with { Source = SourceOf("rtsp://10.0.0.7/other") }), default);
        var same = (CameraSource.Network)_cameras.Kept[camera.Id].Source;
        await handler.Handle(new(School, camera with { Source = SourceOf("rtsp://10.0.0.8/other") }), default);
        var elsewhere = (CameraSource.Network)_cameras.Kept[camera.Id].Source;
        var unknown = await handler.Handle(new(School, Gate("rtsp://10.0.0.7/live")), default);

        Assert.That((same.User, same.Password), Is.EqualTo(("u", "secret")));
        Assert.That((elsewhere.User, elsewhere.Password), Is.EqualTo(((string?)null, (string?)null)));
        Assert.That(unknown.Error, Is.EqualTo(CameraErrors.NotFound));
    }

    [Test]
    public async Task GetListAndRemove_OfWhatIsThereAndWhatIsNot_SayWhich()
    {
        var camera = Gate("rtsp://10.0.0.7/live");
        _cameras.Kept[camera.Id] = camera;

        var found = await new GetCameraHandler(_cameras).Handle(new(School, camera.Id), default);
        var listed = await new ListCamerasHandler(_cameras).Handle(new(School, 10, 0), default);
        var removed = await new RemoveCameraHandler(_cameras).Handle(new(School, camera.Id), default);
        var gone = await new GetCameraHandler(_cameras).Handle(new(School, camera.Id), default);
        var goneToo = await new RemoveCameraHandler(_cameras).Handle(new(School, camera.Id), default);

        Assert.That(found.Value.Camera, Is.EqualTo(camera));
        Assert.That(listed.Value.Total, Is.EqualTo(1));
        Assert.That(removed.IsSuccess, Is.True);
        Assert.That((gone.Error, goneToo.Error), Is.EqualTo((CameraErrors.NotFound, CameraErrors.NotFound)));
    }

    [Test]
    public async Task Still_LookedAtAgainAndAgain_IsWrittenDownOnceALookAndPerson()
    {
        var camera = Gate("rtsp://10.0.0.7/live");
        _cameras.Kept[camera.Id] = camera;
        var (stills, audit, clock) = (new FakeStills { Newest = [1] }, new RecordingAudit(), new StandingClock());
        var handler = new GetCameraStillHandler(_cameras, stills, audit, new CameraViews(clock));

        foreach (var by in new[] { "a", "a", "b", "a" }) await handler.Handle(new(School, camera.Id, by), default);
        clock.Now += TimeSpan.FromMinutes(11);
        var shown = await handler.Handle(new(School, camera.Id, "a"), default);
        stills.Newest = null;
        var nothing = await handler.Handle(new(School, camera.Id, "c"), default);
        var unknown = await handler.Handle(new(School, CameraId.New(), "c"), default);

        Assert.That(audit.Entries.Select(e => e.Action), Is.EqualTo(Enumerable.Repeat(AuditActions.CameraViewed, 3)));
        Assert.That(shown.Value.Jpeg.ToArray(), Is.EqualTo(new byte[] { 1 }));
        Assert.That((nothing.Error, unknown.Error), Is.EqualTo((CameraErrors.NoStill, CameraErrors.NotFound)));
    }

    [Test]
    public async Task Push_OfWhatClientsDoNotSend_IsRefusedAndSaysWhy()
    {
        var opened = Gate("rtsp://10.0.0.7/live");
        var pushed = Gate("push");
        var off = Gate("push") with { IsEnabled = false };
        foreach (var camera in new[] { opened, pushed, off }) _cameras.Kept[camera.Id] = camera;
        var handler = new PushFramesHandler(_cameras, new FakePushes());

        Assert.That((await handler.Handle(new(School, CameraId.New(), null), default)).Error, Is.EqualTo(CameraErrors.NotFound));
        Assert.That((await handler.Handle(new(School, opened.Id, null), default)).Error, Is.EqualTo(CameraErrors.NotPushed));
        Assert.That((await handler.Handle(new(School, off.Id, null), default)).Error, Is.EqualTo(CameraErrors.Disabled));
        Assert.That((await handler.Handle(new(School, pushed.Id, "gate-2"), default)).Error, Is.EqualTo(CameraErrors.OtherDevice));
        // Where nothing stands against it, the way in is asked.
        Assert.That((await handler.Handle(new(School, pushed.Id, "gate-1"), default)).Error, Is.EqualTo(CameraErrors.PushTaken));
        Assert.That((await handler.Handle(new(School, pushed.Id, null), default)).Error, Is.EqualTo(CameraErrors.PushTaken));
    }

    private sealed class FakePushes : ICameraPushes
    {
        public Task<Result<ICameraPush>> BeginAsync(SchoolId school, CameraId camera, CancellationToken ct) =>
            Task.FromResult<Result<ICameraPush>>(CameraErrors.PushTaken);
    }

    [TestCase("", "gate-1", 5, 60, "name")]
    [TestCase("Gate", "gate 1", 5, 60, "device_id")]
    [TestCase("Gate", "gate-1", 0.05, 60, "frames_per_second")]
    [TestCase("Gate", "gate-1", 31, 60, "frames_per_second")]
    [TestCase("Gate", "gate-1", 5, 0, "min_face_px")]
    [TestCase("Gate", "gate-1", 5, 60, null)]
    public void Rules_OfACamera_NameTheFieldThatBreaksThem(string name, string device, double rate, int pixels, string? field)
    {
        var camera = Gate("rtsp://10.0.0.7/live") with
        {
            Name = name, DeviceId = device, FramesPerSecond = rate, View = new(null, pixels),
        };

        Assert.That(new AddCameraValidator().FaultOf(new(School, camera)), Is.EqualTo(field));
        Assert.That(new ReplaceCameraValidator().FaultOf(new(School, camera)), Is.EqualTo(field));
    }

    private static Camera Gate(string source) => new(
        CameraId.New(), "Gate", SourceOf(source), "gate-1", null, null, null, FrameView.Whole, CameraDirection.Both, 5, IsEnabled: true);

    private static CameraSource SourceOf(string source) => CameraSource.Create(source, null, null).Value;

    private sealed class FakeCameras : ICameras
    {
        public Dictionary<CameraId, Camera> Kept { get; } = [];

        public Task<(IReadOnlyList<WatchedCamera> Items, int Total)> ListAsync(
            SchoolId school, int limit, int offset, CancellationToken ct)
        {
            WatchedCamera[] all = [.. Kept.Values.Select(c => new WatchedCamera(c, CameraCondition.Unheld))];
            return Task.FromResult<(IReadOnlyList<WatchedCamera>, int)>((all, all.Length));
        }

        public Task<WatchedCamera?> FindAsync(SchoolId school, CameraId id, CancellationToken ct) =>
            Task.FromResult(Kept.TryGetValue(id, out var camera) ? new WatchedCamera(camera, CameraCondition.Unheld) : null);

        public Task<Result<Done>> AddAsync(SchoolId school, Camera camera, CancellationToken ct) => KeepAsync(camera);

        public Task<Result<Done>> ReplaceAsync(SchoolId school, Camera camera, CancellationToken ct) => KeepAsync(camera);

        public Task<bool> RemoveAsync(SchoolId school, CameraId id, CancellationToken ct) => Task.FromResult(Kept.Remove(id));

        private Task<Result<Done>> KeepAsync(Camera camera)
        {
            Kept[camera.Id] = camera;
            return Task.FromResult<Result<Done>>(default(Done));
        }
    }

    private sealed class FakeTargets : ICameraTargets
    {
        public Error? Refusal { get; set; }

        public Task<Error?> CheckAsync(CameraSource source, CancellationToken ct) => Task.FromResult(Refusal);
    }

    private sealed class FakeStills : ICameraStills
    {
        public byte[]? Newest { get; set; }

        public Task<byte[]?> NewestAsync(SchoolId school, CameraId camera, CancellationToken ct) => Task.FromResult(Newest);
    }
}
