using System.Collections.Concurrent;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition.Tracks;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// What each camera showed last. A camera is a device's name within a school and as one caller uses it: two callers who chose the same name
/// do not disturb one another. A bounded number is remembered, each for a while. Thread-safe.
/// </summary>
internal sealed class FrameFollower : IFaceTracks, IDisposable
{
    /// <summary>Cameras that are remembered; the one that was silent longest gives way.</summary>
    internal const int MostDevices = 1024;

    /// <summary>Whoever was silent for so long begins anew.</summary>
    internal static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(60);

    // Frames of one camera that may wait for the one before them: more only come from a client that does not wait for its answers.
    private const int MostWaiting = 8;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(SchoolId School, string Caller, string Device), FollowedDevice> _devices = new();
    private readonly FaceAnalyzer _analyzer;
    private readonly ICaller _caller;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _longestWait;
    private readonly float _sameFrom;
    private readonly ITimer _sweeping;

    public FrameFollower(FaceAnalyzer analyzer, InferenceOptions options, float sameFrom, ICaller caller, TimeProvider clock)
    {
        (_analyzer, _caller, _clock, _sameFrom, _longestWait) = (analyzer, caller, clock, sameFrom, options.MaxQueueWait);
        _sweeping = clock.CreateTimer(_ => Forget(), null, LongestSilence, LongestSilence);
    }

    /// <summary>Cameras that are remembered now.</summary>
    internal int DeviceCount => _devices.Count;

    public async Task<Result<TrackedFrame>> FollowAsync(
        SchoolId school, string device, ReadOnlyMemory<byte> image, CancellationToken ct)
    {
        // Of what only the decoder reads, the header is judged first, so that what is no picture takes no device's turn.
        var small = JpegLuma.Read(image.Span);
        ImageHeader? header = null;
        if (small is null)
        {
            var read = ImageDecoder.ReadHeader(image);
            if (read.Error is { } refused) return refused;
            header = read.Value;
            if (FaceTiles.AreNeeded(read.Value)) return await LookAtAloneAsync(school, image, ct);
        }

        var followed = Enter((school, _caller.Name, device));
        try
        {
            if (followed.Users > MostWaiting || !await followed.Turn.WaitAsync(_longestWait, ct)) return RecognitionErrors.Busy(RetryAfter);
            try
            {
                return await LookAsync(school, followed, image, small, header, ct);
            }
            finally
            {
                followed.Turn.Release();
            }
        }
        finally
        {
            followed.Leave(_clock);
        }
    }

    /// <summary>A frame that shows what the one before it showed never comes to the models, and waits for nobody there.</summary>
    private async Task<Result<TrackedFrame>> LookAsync(
        SchoolId school, FollowedDevice followed, ReadOnlyMemory<byte> image, (LumaPicture Luma, int Width, int Height)? small,
        ImageHeader? known, CancellationToken ct)
    {
        var planned = default((LumaPicture, Look)?);
        var header = known.GetValueOrDefault();
        var at = followed.Now(_clock);
        if (small is { } frame)
        {
            if (followed.Frames.Hold(frame, at, out var look) is { } held) return held;
            planned = (frame.Luma, look);
            // It was read to its end: there is no more to judge.
            header = new(ImageFormat.Jpeg, frame.Width, frame.Height);
        }
        var times = new StageTimes();
        return await _analyzer.WithWorkerAsync(
            school, FaceAnalyzer.CostOf(header), times,
            worker => followed.Frames.Look(_analyzer, worker, image, header, at, times, planned, ct), ct);
    }

    /// <summary>A picture so large that it is looked at in tiles is no camera's frame: it is seen by itself.</summary>
    private async Task<Result<TrackedFrame>> LookAtAloneAsync(SchoolId school, ReadOnlyMemory<byte> image, CancellationToken ct)
    {
        var analyzed = await _analyzer.AnalyzeAsync(school, image, FramePurpose.Recognize, ct);
        if (analyzed.Error is { } error) return error;
        var frame = analyzed.Value;
        return new TrackedFrame(frame.Width, frame.Height,
            [.. frame.Faces.Select(f => new TrackedFace(f.Box, f.Confidence, f.Embedding!, 1, 1, TimeSpan.Zero, new()))])
        {
            Times = frame.Times,
        };
    }

    public void Dispose() => _sweeping.Dispose();

    /// <summary>The device, kept from being forgotten until it is left.</summary>
    private FollowedDevice Enter((SchoolId, string, string) key)
    {
        while (true)
        {
            var device = _devices.GetOrAdd(key, static (_, self) => new FollowedDevice(self._sameFrom, self._clock), this);
            if (!device.TryEnter()) continue;
            if (_devices.Count > MostDevices) Forget();
            return device;
        }
    }

    private void Forget()
    {
        var now = _clock.GetTimestamp();
        var silent = _devices.OrderBy(d => d.Value.LeftAt).ToList();
        var tooMany = silent.Count - MostDevices;
        foreach (var (key, device) in silent)
        {
            if (tooMany-- <= 0 && _clock.GetElapsedTime(device.LeftAt, now) < LongestSilence) continue;
            if (device.TryForget()) _devices.TryRemove(new(key, device));
        }
    }

    private sealed class FollowedDevice(float sameFrom, TimeProvider clock)
    {
        private readonly Lock _lock = new();
        private readonly long _began = clock.GetTimestamp();
        private bool _isForgotten;

        /// <summary>Held by the frame in work.</summary>
        public SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>For the holder of <see cref="Turn"/>.</summary>
        public FollowedFrames Frames { get; } = new(sameFrom);

        /// <summary>Frames inside, in work or waiting.</summary>
        public int Users { get; private set; }

        public long LeftAt { get; private set; } = clock.GetTimestamp();

        public TimeSpan Now(TimeProvider time) => time.GetElapsedTime(_began);

        public bool TryEnter()
        {
            lock (_lock)
            {
                if (_isForgotten) return false;
                Users++;
                return true;
            }
        }

        public void Leave(TimeProvider time)
        {
            lock (_lock)
            {
                Users--;
                LeftAt = time.GetTimestamp();
            }
        }

        public bool TryForget()
        {
            lock (_lock)
            {
                if (Users > 0 || _isForgotten) return false;
                _isForgotten = true;
            }
            Frames.Clear();
            return true;
        }
    }
}
