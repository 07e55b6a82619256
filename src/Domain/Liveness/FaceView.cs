using System.Numerics;

namespace FaceAttendance.Domain.Liveness;

/// <summary>
/// A face's grey values, laid out by its eyes and mouth so that faces of any size lie alike. Coordinates are in distances between the outer
/// eye corners, from the middle between them: x to the image's right, y down. Immutable.
/// </summary>
/// <param name="grey">Rows of <see cref="Side"/>, 0 to 255.</param>
/// <param name="eyeDistance">Between the outer eye corners, in pixels of the frame: how large the face is.</param>
public sealed class FaceView(byte[] grey, float eyeDistance)
{
    public const int Side = 96;

    /// <summary>Pixels of one eye distance; the view reaches from beyond one ear to beyond the other, and from the hair to below the
    /// chin.</summary>
    public const float PixelsPerUnit = 36;

    private const float Above = 0.85f;

    /// <summary>The landmarks (iBUG order, from 0) that lay it out, and where they lie: the mean of frontal faces in the pictures of
    /// docs/liveness.md.</summary>
    public static IReadOnlyList<(int Landmark, Vector2 Place)> Anchors { get; } =
    [
        (36, new(-0.5f, 0)), (39, new(-0.194f, 0.014f)), (42, new(0.194f, 0.014f)), (45, new(0.5f, 0)), (48, new(-0.285f, 0.76f)),
        (54, new(0.285f, 0.76f)),
    ];

    public float EyeDistance { get; } = eyeDistance;

    public ReadOnlySpan<byte> Grey =>
        grey.Length == Side * Side ? grey : throw new ArgumentException($"A view has {Side * Side} values.", nameof(grey));

    /// <returns>Where a pixel's middle lies.</returns>
    public static Vector2 PlaceOf(float column, float row) =>
        new((column + 0.5f - (Side / 2f)) / PixelsPerUnit, ((row + 0.5f) / PixelsPerUnit) - Above);

    /// <returns>The column and row of a place, which need not be whole.</returns>
    public static Vector2 PixelOf(Vector2 place) =>
        new((place.X * PixelsPerUnit) + (Side / 2f) - 0.5f, ((place.Y + Above) * PixelsPerUnit) - 0.5f);

    public override string ToString() => "FaceView(withheld)";
}
