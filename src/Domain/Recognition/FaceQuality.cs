namespace FaceAttendance.Domain.Recognition;

/// <summary>What was measured of one face, before any judgement.</summary>
/// <param name="EyeDistance">Pixels of the upright original.</param>
/// <param name="Confidence">The detector's score in [0, 1].</param>
/// <param name="NoseOffset">See <see cref="FacePoints.NoseOffset"/>.</param>
/// <param name="Brightness">Mean grey of the aligned face, 0 to 255.</param>
/// <param name="Contrast">Standard deviation of that grey, 0 to 128.</param>
/// <param name="Sharpness">Variance of the Laplacian of the aligned 112×112 grey face; falls with blur and with enlargement.</param>
/// <param name="VisiblePart">Share of the box inside the image, 0 to 1.</param>
public readonly record struct FaceMeasurements(
    float EyeDistance, float Confidence, float NoseOffset, float Brightness, float Contrast, float Sharpness, float VisiblePart);

/// <summary>Why a face makes a poor template. The names on the wire are their lower-case, underscored forms.</summary>
public enum QualityReason
{
    TooSmall,
    LowConfidence,
    TurnedAway,
    TooDark,
    TooBright,
    LowContrast,
    Blurred,
    CutOff,
}

/// <summary>
/// When a face is good enough to become a template. Deliberately lenient: it refuses what measurably hurts later matching
/// (docs/accuracy.md#quality) and leaves taste to the school. Raising a limit refuses more photos.
/// </summary>
public static class QualityRule
{
    /// <summary>16 px between the eyes: below it the aligned crop is enlarged more than twice and genuine similarity falls off.</summary>
    public const float LeastEyeDistance = 16;

    /// <summary>Detector score under which false faces appear (0.6 to 0.8 is usual for enrolment).</summary>
    public const float LeastConfidence = 0.7f;

    /// <summary>0.55 eye distances of nose offset is about 40° of yaw; templates of profiles match nobody.</summary>
    public const float MostNoseOffset = 0.55f;

    /// <summary>Mean grey; under 40 of 255 sensors deliver mostly noise.</summary>
    public const float LeastBrightness = 40;

    /// <summary>Mean grey; over 230 skin is burnt out.</summary>
    public const float MostBrightness = 230;

    /// <summary>Grey deviation; under 12 there is fog, a covered lens or a blank.</summary>
    public const float LeastContrast = 12;

    /// <summary>Laplacian variance of the aligned crop; sharp photos give 200 and more, a face blurred beyond use under 15.</summary>
    public const float LeastSharpness = 15;

    /// <summary>A quarter of the face outside the picture hides an eye or the mouth.</summary>
    public const float LeastVisiblePart = 0.75f;

    /// <returns>Every reason against the face, in the order of the enumeration; empty when it is good enough.</returns>
    public static IReadOnlyList<QualityReason> Judge(in FaceMeasurements m)
    {
        List<QualityReason>? reasons = null;
        void Against(bool poor, QualityReason reason)
        {
            if (poor) (reasons ??= []).Add(reason);
        }

        // Written so that NaN counts as poor.
        Against(!(m.EyeDistance >= LeastEyeDistance), QualityReason.TooSmall);
        Against(!(m.Confidence >= LeastConfidence), QualityReason.LowConfidence);
        Against(!(Math.Abs(m.NoseOffset) <= MostNoseOffset), QualityReason.TurnedAway);
        Against(!(m.Brightness >= LeastBrightness), QualityReason.TooDark);
        Against(m.Brightness > MostBrightness, QualityReason.TooBright);
        Against(!(m.Contrast >= LeastContrast), QualityReason.LowContrast);
        Against(!(m.Sharpness >= LeastSharpness), QualityReason.Blurred);
        Against(!(m.VisiblePart >= LeastVisiblePart), QualityReason.CutOff);
        return reasons ?? (IReadOnlyList<QualityReason>)[];
    }
}
