using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Privacy;

public sealed class RetentionTests
{
    [Test]
    public async Task Run_RemovesWhatThePreviewNamed()
    {
        var retention = new FakeRetention();

        var preview = await new PreviewRetentionHandler(retention).Handle(new(SchoolId.First), default);
        var run = await new RunRetentionHandler(retention).Handle(new(SchoolId.First), default);
        var afterwards = await new PreviewRetentionHandler(retention).Handle(new(SchoolId.First), default);

        Assert.That(run.Value, Is.EqualTo(preview.Value));
        Assert.That((preview.Value.Single().Rows, afterwards.Value.Single().Rows), Is.EqualTo((40L, 0L)));
    }

    [Test]
    public async Task Run_ClocksThatDiffer_RemovesNothingAndSaysWhichIsAhead()
    {
        var retention = new FakeRetention { Ahead = TimeSpan.FromMinutes(90) };

        var run = await new RunRetentionHandler(retention).Handle(new(SchoolId.First), default);

        Assert.That(run.Error!.Code, Is.EqualTo("retention.clocks_differ"));
        Assert.That(run.Error.Message, Does.Contain("90 minutes ahead of"));
        Assert.That(retention.Rows, Is.EqualTo(40));
    }

    private sealed class FakeRetention : IRetention
    {
        public long Rows { get; private set; } = 40;

        public TimeSpan Ahead { get; init; }

        public Task<IReadOnlyList<RetentionClass>> PreviewAsync(SchoolId school, CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<RetentionClass>>([new("events", 90, Rows)]);

        public async Task<Result<IReadOnlyList<RetentionClass>>> RunAsync(SchoolId school, CancellationToken ct)
        {
            if (Ahead != TimeSpan.Zero) return RetentionErrors.ClocksDiffer(Ahead);
            var removed = await PreviewAsync(school, ct);
            Rows = 0;
            return Result<IReadOnlyList<RetentionClass>>.Ok(removed);
        }
    }
}
