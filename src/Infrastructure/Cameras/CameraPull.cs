using System.Threading.Channels;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Imaging;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FaceAttendance.Infrastructure.Cameras;

/// <summary>
/// One camera that this process looks through: opened within its hours, opened again when it stops, or sent by a client; its newest frame
/// recognised as one that a client posts. A frame in whose place a newer one came is gone. Thread-safe; dispose of it to end ffmpeg.
/// </summary>
internal sealed partial class CameraPull : IAsyncDisposable
{
    // A camera that is unplugged, restarted or out of reach: soon at first, then without filling the log.
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // A client that is connected and says nothing.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan HoursPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DatabasePause = TimeSpan.FromSeconds(1);

    /// <summary>An older frame is not what the camera shows.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(20);

    // What the database has room for.
    private const int MaxReason = 300;

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly SchoolId _school;
    private readonly Camera _camera;
    private readonly CameraFeeds _feeds;
    private readonly IServiceScopeFactory _scopes;
    private readonly ISchoolCalendars _calendars;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Action _changed;
    private readonly Channel<byte[]> _slot;
    private readonly FrameRate _rate = new();
    private readonly Task _work;

    private CameraCondition _condition;
    private byte[]? _newest;
    private DateTimeOffset? _waitingSince;
    private DateTimeOffset _due;
    private bool _isLetGo;

    /// <param name="changed">Told when its state is another; is to return at once.</param>
    public CameraPull(
        SchoolId school, Camera camera, CameraFeeds feeds, IServiceScopeFactory scopes, ISchoolCalendars calendars, TimeProvider clock,
        ILogger log, Action changed)
    {
        _changed = changed;
        (_school, _camera, _feeds, _scopes, _calendars, _clock, _log) = (school, camera, feeds, scopes, calendars, clock, log);
        _slot = Channel.CreateBounded<byte[]>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true },
            _ => CountDropped());
        _condition = CameraCondition.Unheld with { Since = clock.GetUtcNow() };
        CameraMetrics.Held(_condition.State);
        Ended = _closing.Token;
        var isPushed = camera.Source is CameraSource.Pushed;
        _work = isPushed ? Task.Run(LookAsync) : Task.WhenAll(Task.Run(PullAsync), Task.Run(LookAsync));
    }

    /// <summary>Cancelled when it is disposed of.</summary>
    public CancellationToken Ended { get; }

    /// <summary>As of now.</summary>
    public CameraCondition Condition
    {
        get
        {
            lock (_lock)
            {
                var now = _clock.GetUtcNow();
                var condition = _condition with { FramesPerSecond = _rate.At(now) };
                if (_camera.Source is not CameraSource.Pushed || condition.State != CameraState.Live) return condition;
                if (now - condition.LastFrameAt < Silence) return condition;
                return condition with
                {
                    State = CameraState.Waiting, Reason = $"no picture for {Silence.TotalSeconds:0} s", Since = condition.LastFrameAt,
                };
            }
        }
    }

    /// <summary>The newest frame as JPEG; null when none came lately.</summary>
    public byte[]? Newest
    {
        get
        {
            lock (_lock) return _clock.GetUtcNow() - _condition.LastFrameAt < Fresh ? _newest : null;
        }
    }

    /// <summary>A frame that a client sends.</summary>
    public void Offer(byte[] frame)
    {
        if (!IsOn())
        {
            Become(CameraState.OffHours);
            return;
        }
        var now = _clock.GetUtcNow();
        var span = TimeSpan.FromSeconds(1 / _camera.FramesPerSecond);
        bool isEarly;
        lock (_lock)
        {
            isEarly = now < _due;
            // Frames that come a little late do not put off those after them.
            if (!isEarly) _due = now - _due < span ? _due + span : now + span;
        }
        if (isEarly) CountDropped();
        else Take(frame);
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _work;
        lock (_lock)
        {
            CameraMetrics.LetGo(_condition.State);
            _isLetGo = true;
        }
        _closing.Dispose();
    }

    private async Task PullAsync()
    {
        var ct = _closing.Token;
        var pause = FirstPause;
        var inHardware = true;
        try
        {
            while (true)
            {
                if (!IsOn())
                {
                    Become(CameraState.OffHours);
                    _waitingSince = null;
                    await Task.Delay(HoursPause, _clock, ct);
                    continue;
                }
                // One that waits goes on waiting until it shows something.
                if (_waitingSince is null) Become(CameraState.Connecting);
                var end = await RunAsync(inHardware, ct);
                if (!IsOn()) continue;
                if (end.Frames > 0) pause = FirstPause;
                // It may be the graphics device that makes no picture of it.
                else inHardware = !inHardware;
                Fail(end.Complaint);
                // Cameras that were lost together, with their network, do not come back in step.
                await Task.Delay(pause * (0.75 + (Random.Shared.NextDouble() / 2)), _clock, ct);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Given up by the owner.
        }
        finally
        {
            _slot.Writer.Complete();
        }
    }

    private async Task<GrabberEnd> RunAsync(bool inHardware, CancellationToken ct)
    {
        using var within = CancellationTokenSource.CreateLinkedTokenSource(ct);
        try
        {
            return await _feeds.RunAsync(
                _camera, inHardware,
                frame =>
                {
                    if (IsOn()) Take(frame);
                    else within.Cancel();
                },
                within.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new(1, "its hours are over");
        }
        catch (GrabberMissingException e)
        {
            return new(0, e.Message);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Log.Unforeseen(_log, e, _camera.Id);
            return new(0, "an unforeseen error; the server's log has it");
        }
    }

    private void Take(byte[] frame)
    {
        lock (_lock)
        {
            var now = _clock.GetUtcNow();
            _rate.Count(now);
            _newest = frame;
            if (_condition.State != CameraState.Live)
            {
                if (_waitingSince is not null) Log.Back(_log, _camera.Id);
                _waitingSince = null;
                Enter(_condition with { State = CameraState.Live, Reason = null, Since = now });
            }
            _condition = _condition with { LastFrameAt = now };
        }
        _slot.Writer.TryWrite(frame);
    }

    private async Task LookAsync()
    {
        var context = new SightingContext(_camera.DeviceId, _camera.LocationId, _camera.ClassId, SessionId: null)
        {
            Direction = _camera.Direction,
        };
        try
        {
            await foreach (var frame in _slot.Reader.ReadAllAsync(_closing.Token))
            {
                var command = new DispatchAttendance(_school, frame, MaxDistance: 0, SendUnknown: false, context) { View = _camera.View };
                await SendAsync(command, _closing.Token);
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // Given up by the owner.
        }
    }

    private async Task SendAsync(DispatchAttendance command, CancellationToken ct)
    {
        try
        {
            await using var scope = _scopes.CreateAsyncScope();
            var seen = await scope.ServiceProvider.GetRequiredService<IMediator>().Send(command, ct);
            if (seen.IsSuccess) CountTaken();
            else CountDropped();
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            CountDropped();
            Log.NotLookedAt(_log, DatabaseFailures.IsUnavailable(e) ? null : e, _camera.Id, e.GetType().Name);
            await Task.Delay(DatabasePause, _clock, ct);
        }
    }

    private bool IsOn() => _camera.Hours?.Cover(_calendars.Of(_school).LocalOf(_clock.GetUtcNow())) is not false;

    private void Become(CameraState state)
    {
        lock (_lock)
        {
            if (_condition.State == state) return;
            _newest = null;
            Enter(_condition with { State = state, Reason = null, Since = _clock.GetUtcNow() });
        }
    }

    /// <summary>Within the lock.</summary>
    private void Enter(CameraCondition next)
    {
        if (!_isLetGo)
        {
            CameraMetrics.LetGo(_condition.State);
            CameraMetrics.Held(next.State);
        }
        _condition = next;
        _changed();
    }

    private void Fail(string complaint)
    {
        var reason = complaint.Length <= MaxReason ? complaint : complaint[..MaxReason];
        lock (_lock)
        {
            var now = _clock.GetUtcNow();
            if (_waitingSince is null) Log.Lost(_log, _camera.Id, reason);
            // Through all attempts it waits since the first that failed.
            _waitingSince ??= now;
            Enter(_condition with
            {
                State = CameraState.Waiting, Reason = reason, Since = _waitingSince, LastError = reason, LastErrorAt = now,
            });
            CameraMetrics.Lost();
        }
    }

    private void CountTaken()
    {
        lock (_lock) _condition = _condition with { Taken = _condition.Taken + 1 };
        CameraMetrics.Taken();
    }

    private void CountDropped()
    {
        lock (_lock) _condition = _condition with { Dropped = _condition.Dropped + 1 };
        CameraMetrics.Dropped();
    }

    /// <summary>Frames a second over the last ten seconds. For one thread at a time.</summary>
    private sealed class FrameRate
    {
        private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);

        private readonly Queue<DateTimeOffset> _times = [];

        public void Count(DateTimeOffset now)
        {
            _times.Enqueue(now);
            Forget(now);
        }

        public double At(DateTimeOffset now)
        {
            Forget(now);
            // The first ones say how often they come only when the next is there.
            return _times.Count < 2 ? 0 : (_times.Count - 1) / Math.Max((now - _times.Peek()).TotalSeconds, 0.1);
        }

        private void Forget(DateTimeOffset now)
        {
            while (_times.TryPeek(out var oldest) && now - oldest > Span) _times.Dequeue();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1770, LogLevel.Warning, "No picture from camera {Camera}: {Reason}. It is tried again.")]
        public static partial void Lost(ILogger log, CameraId camera, string reason);

        [LoggerMessage(1771, LogLevel.Information, "Camera {Camera} is back.")]
        public static partial void Back(ILogger log, CameraId camera);

        [LoggerMessage(1772, LogLevel.Warning, "A frame of camera {Camera} could not be looked at ({Reason}).")]
        public static partial void NotLookedAt(ILogger log, Exception? exception, CameraId camera, string reason);

        [LoggerMessage(1773, LogLevel.Error, "Camera {Camera} could not be opened.")]
        public static partial void Unforeseen(ILogger log, Exception exception, CameraId camera);
    }
}
