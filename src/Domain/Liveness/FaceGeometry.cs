namespace FaceAttendance.Domain.Liveness;

/// <summary>Where a head points, in degrees, in a picture that is not mirrored.</summary>
/// <param name="YawDegrees">Positive when the person turns to their own left, so that the nose points to the image's right.</param>
/// <param name="PitchDegrees">Positive when the face points down. The zero is the model's own; compare with the person's neutral.</param>
/// <param name="RollDegrees">Positive when the head tilts clockwise in the image.</param>
public readonly record struct HeadPose(float YawDegrees, float PitchDegrees, float RollDegrees);

/// <summary>What a face does, measured in one frame.</summary>
/// <param name="LeftEyeRatio">Height over width of the eye on the image's left; open about 0.2 to 0.4, shut below 0.15, but it depends on
/// the person and the model.</param>
/// <param name="RightEyeRatio">The same of the eye on the image's right.</param>
/// <param name="MouthRatio">Height over width of the gap between the lips: about 0 shut, above 0.3 open.</param>
/// <param name="EyesShut">A model's own verdict on the eyes as a logit, both taken together; null where the model gives none.</param>
public readonly record struct FaceGeometry(float LeftEyeRatio, float RightEyeRatio, float MouthRatio, float? EyesShut, HeadPose Pose)
{
    public bool IsFinite => float.IsFinite(LeftEyeRatio) && float.IsFinite(RightEyeRatio) && float.IsFinite(MouthRatio)
        && float.IsFinite(EyesShut ?? 0) && float.IsFinite(Pose.YawDegrees) && float.IsFinite(Pose.PitchDegrees)
        && float.IsFinite(Pose.RollDegrees);
}
