using FaceAttendance.Application.Cameras;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace FaceAttendance.Infrastructure.Cameras;

/// <summary>Looks through the cameras that this process holds, and follows every change of them. Runs in every process.</summary>
internal sealed partial class CameraKeeper(
    CameraLeases leases, CameraFeeds feeds, IServiceScopeFactory scopes, ISchoolCalendars calendars, TimeProvider clock,
    ILogger<CameraKeeper> log) : BackgroundService, IChannelListener, ICameraStills, ICameraPushes
{
    /// <summary>Told when a camera was made, changed or removed.</summary>
    internal const string ChannelName = "cameras";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    // Others may hold them from then on.
    private static readonly TimeSpan GivenUp = CameraLeases.Span - TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _woken = new(0, 1);
    private readonly Lock _lock = new();
    private readonly Dictionary<(SchoolId, CameraId), (CameraPull Pull, DateTimeOffset ChangedAt)> _pulls = [];

    // Whose frames a client sends to this process.
    private readonly HashSet<(SchoolId, CameraId)> _pushed = [];
    private TaskCompletionSource _round = new(TaskCreationOptions.RunContinuationsAsynchronously);

    string IChannelListener.Channel => ChannelName;

    public Task<byte[]?> NewestAsync(SchoolId school, CameraId camera, CancellationToken ct)
    {
        lock (_lock) return Task.FromResult(_pulls.TryGetValue((school, camera), out var held) ? held.Pull.Newest : null);
    }

    public async Task<Result<ICameraPush>> BeginAsync(SchoolId school, CameraId camera, CancellationToken ct)
    {
        var key = (school, camera);
        lock (_lock)
        {
            if (!_pushed.Add(key)) return CameraErrors.PushTaken;
        }
        try
        {
            if (await leases.TakeAsync(school, camera, ct))
            {
                // A round that is under way may have asked before it was taken.
                for (var round = 0; round < 2; round++)
                {
                    await NextRoundAsync(ct);
                    lock (_lock)
                    {
                        if (_pulls.TryGetValue(key, out var held)) return new Push(this, key, held.Pull);
                    }
                }
            }
        }
        catch
        {
            await LeaveAsync(key);
            throw;
        }
        await LeaveAsync(key);
        return CameraErrors.PushTaken;
    }

    Task IChannelListener.ConnectedAsync(CancellationToken ct) => Task.CompletedTask;

    void IChannelListener.Receive(string payload) => Wake();

    private void Wake()
    {
        try
        {
            _woken.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    void IChannelListener.Lost()
    {
    }

    private async Task NextRoundAsync(CancellationToken ct)
    {
        Task next;
        lock (_lock) next = _round.Task;
        Wake();
        await next.WaitAsync(ct);
    }

    private async Task LeaveAsync((SchoolId School, CameraId Camera) key)
    {
        try
        {
            await leases.ReleaseAsync(key.School, key.Camera, CancellationToken.None);
        }
        catch (Exception e) when (DatabaseFailures.IsUnavailable(e))
        {
            // Its time runs out by itself.
        }
        lock (_lock) _pushed.Remove(key);
        Wake();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isInterrupted = false;
        var heldAt = clock.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var asked = clock.GetTimestamp();
                await RoundAsync(stoppingToken);
                heldAt = asked;
                isInterrupted = false;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!isInterrupted) Log.Interrupted(log, DatabaseFailures.IsUnavailable(e) ? null : e, e.Message);
                isInterrupted = true;
                if (clock.GetElapsedTime(heldAt) > GivenUp) await FollowAsync([]);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            await ((Task)_woken.WaitAsync(Pause, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await FollowAsync([]);
        await ReleaseAsync();
    }

    private async Task RoundAsync(CancellationToken ct)
    {
        (SchoolId, CameraId, CameraCondition)[] told;
        lock (_lock) told = [.. _pulls.Select(p => (p.Key.Item1, p.Key.Item2, p.Value.Pull.Condition))];
        await FollowAsync(await leases.RoundAsync(told, ct));
        TaskCompletionSource done;
        lock (_lock) (done, _round) = (_round, new(TaskCreationOptions.RunContinuationsAsynchronously));
        done.SetResult();
    }

    /// <summary>Ends what is not held any more or was changed, and begins what is new.</summary>
    private async Task FollowAsync(IReadOnlyList<HeldCamera> held)
    {
        List<CameraPull> ended = [];
        Dictionary<(SchoolId, CameraId), HeldCamera> wanted;
        lock (_lock)
        {
            wanted = held.Where(h => h.Camera.Source is not CameraSource.Pushed || _pushed.Contains((h.School, h.Camera.Id)))
                .ToDictionary(h => (h.School, h.Camera.Id));
            foreach (var (key, pull) in _pulls.ToArray())
            {
                if (wanted.TryGetValue(key, out var same) && same.ChangedAt == pull.ChangedAt) continue;
                _pulls.Remove(key);
                ended.Add(pull.Pull);
            }
        }
        foreach (var pull in ended) await pull.DisposeAsync();
        lock (_lock)
        {
            foreach (var (key, camera) in wanted)
            {
                if (_pulls.ContainsKey(key)) continue;
                _pulls.Add(key, (new(camera.School, camera.Camera, feeds, scopes, calendars, clock, log, Wake), camera.ChangedAt));
            }
        }
    }

    private async Task ReleaseAsync()
    {
        try
        {
            await leases.ReleaseAsync(CancellationToken.None);
        }
        // Disposed: a start that was cut short stops nothing before it takes everything away.
        catch (Exception e) when (DatabaseFailures.IsUnavailable(e) || e is ObjectDisposedException)
        {
            // Their time runs out by itself.
        }
    }

    private sealed class Push(CameraKeeper keeper, (SchoolId, CameraId) key, CameraPull pull) : ICameraPush
    {
        public CancellationToken Ended => pull.Ended;

        public void Offer(byte[] jpeg) => pull.Offer(jpeg);

        public async ValueTask DisposeAsync() => await keeper.LeaveAsync(key);
    }

    private static partial class Log
    {
        [LoggerMessage(1774, LogLevel.Warning, "Cameras are neither taken over nor given up for now ({Reason}).")]
        public static partial void Interrupted(ILogger log, Exception? exception, string reason);
    }
}
