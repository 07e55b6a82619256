using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Domain.Cameras;

/// <summary>A camera's id.</summary>
public readonly record struct CameraId(Guid Value)
{
    public static CameraId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>Which way people walk before a camera.</summary>
public enum CameraDirection
{
    In,
    Out,
    Both,
}

/// <summary>When a camera is looked through, by the clock at the school.</summary>
/// <param name="Weekdays">In the order of the week, each once.</param>
public sealed record CameraHours(IReadOnlyList<DayOfWeek> Weekdays, TimeOnly From, TimeOnly To)
{
    /// <returns>Fails with <c>camera.invalid_hours</c>.</returns>
    public static Result<CameraHours> Create(IEnumerable<DayOfWeek> weekdays, TimeOnly from, TimeOnly to)
    {
        DayOfWeek[] days = [.. weekdays.Distinct().OrderBy(d => ((int)d + 6) % 7)];
        if (days.Length == 0 || to <= from)
        {
            return new Error(
                "camera.invalid_hours", "hours must name a weekday or more, and to must be after from on the same day.", ErrorKind.Invalid)
            { Field = "hours" };
        }
        return new CameraHours(days, from, to);
    }

    /// <param name="local">As a clock at the school shows it.</param>
    public bool Cover(DateTimeOffset local) =>
        Weekdays.Contains(local.DayOfWeek) && TimeOnly.FromDateTime(local.DateTime) is var time && time >= From && time < To;
}

/// <summary>A part of the picture, in shares of its width and height.</summary>
public sealed record FrameRegion(double Left, double Top, double Width, double Height)
{
    // Smaller than this no face would fit in.
    private const double LeastSide = 0.02;

    // What a drawing loses in rounding.
    private const double Slack = 1e-6;

    /// <returns>Fails with <c>camera.invalid_region</c>.</returns>
    public static Result<FrameRegion> Create(double left, double top, double width, double height)
    {
        if (left >= 0 && top >= 0 && width >= LeastSide && height >= LeastSide && left + width <= 1 + Slack && top + height <= 1 + Slack)
            return new FrameRegion(left, top, Math.Min(width, 1 - left), Math.Min(height, 1 - top));
        return new Error(
            "camera.invalid_region",
            "region must lie within the picture: left, top, width and height from 0 to 1, and each side 0.02 or more.", ErrorKind.Invalid)
        { Field = "region" };
    }

    public bool Contains(double x, double y) => x >= Left && x <= Left + Width && y >= Top && y <= Top + Height;
}

/// <summary>What of a camera's picture counts.</summary>
/// <param name="Region">Where the middle of a face must lie; null for anywhere.</param>
/// <param name="MinFacePixels">Least height of a face; null for whatever is found.</param>
public sealed record FrameView(FrameRegion? Region, int? MinFacePixels)
{
    public static FrameView Whole { get; } = new(null, null);

    public bool Shows(PixelBox face, int frameWidth, int frameHeight) =>
        !(face.Bottom - face.Top < MinFacePixels)
        && Region?.Contains((face.Left + face.Right) / 2.0 / frameWidth, (face.Top + face.Bottom) / 2.0 / frameHeight) is not false;
}

/// <summary>A camera that the server itself looks through.</summary>
/// <param name="DeviceId">What its frames are said to come from.</param>
/// <param name="LocationId">Passed on in events, as <paramref name="ClassId"/>.</param>
/// <param name="Hours">Null for always.</param>
/// <param name="FramesPerSecond">How many are looked at, at most.</param>
public sealed record Camera(
    CameraId Id, string Name, CameraSource Source, string DeviceId, string? LocationId, string? ClassId, CameraHours? Hours, FrameView View,
    CameraDirection Direction, double FramesPerSecond, bool IsEnabled)
{
    public const int MaxNameLength = 100;
    public const double MostFramesPerSecond = 30;
    public const double LeastFramesPerSecond = 0.1;
    public const double UsualFramesPerSecond = 5;

    public override string ToString() => $"Camera({Id})";
}

/// <summary>How it goes with a camera.</summary>
public enum CameraState
{
    /// <summary>Opened, or about to be; no frame has come yet.</summary>
    Connecting,

    /// <summary>Frames come.</summary>
    Live,

    /// <summary>Nothing comes; it is opened again after a while.</summary>
    Waiting,

    /// <summary>Not within its hours.</summary>
    OffHours,

    /// <summary>Switched off by hand.</summary>
    Disabled,
}

/// <summary>What is known of a camera at a moment.</summary>
/// <param name="Reason">Why it waits.</param>
/// <param name="Since">When the state began; null where nobody looks.</param>
/// <param name="FramesPerSecond">Measured over the last seconds.</param>
/// <param name="Taken">Frames that were looked at since it was opened first by this process.</param>
/// <param name="Dropped">Frames in whose place a newer one was taken, and such as came while the server was too busy.</param>
/// <param name="LastError">Without credentials.</param>
public sealed record CameraCondition(
    CameraState State, string? Reason, DateTimeOffset? Since, double FramesPerSecond, long Taken, long Dropped, DateTimeOffset? LastFrameAt,
    string? LastError, DateTimeOffset? LastErrorAt)
{
    public static CameraCondition Unheld { get; } = new(CameraState.Connecting, null, null, 0, 0, 0, null, null, null);
}
