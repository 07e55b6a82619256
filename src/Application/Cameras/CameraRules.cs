using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Cameras;
using FluentValidation;

namespace FaceAttendance.Application.Cameras;

/// <summary>A command that says what a camera is.</summary>
public interface ICameraSaid
{
    Camera Camera { get; }
}

internal abstract class CameraValidator<T> : AbstractValidator<T> where T : ICameraSaid
{
    private const int MaxIdLength = 64;
    private const int MostFacePixels = 4000;

    protected CameraValidator()
    {
        RuleFor(c => c.Camera.Name)
            .Must(n => !string.IsNullOrWhiteSpace(n) && n.Length <= Camera.MaxNameLength && !n.Any(char.IsControl))
            .OverridePropertyName("name")
            .WithMessage($"name must have 1 to {Camera.MaxNameLength} characters and no control characters.");
        RuleFor(c => c.Camera.DeviceId).Must(DeviceId.IsValid).OverridePropertyName("device_id")
            .WithMessage($"device_id must have {DeviceId.Rule}.");
        RuleFor(c => c.Camera.LocationId).Must(IsId).OverridePropertyName("location_id")
            .WithMessage($"location_id must have 1 to {MaxIdLength} characters.");
        RuleFor(c => c.Camera.ClassId).Must(IsId).OverridePropertyName("class_id")
            .WithMessage($"class_id must have 1 to {MaxIdLength} characters.");
        RuleFor(c => c.Camera.View.MinFacePixels).Must(p => p is null or > 0 and <= MostFacePixels).OverridePropertyName("min_face_px")
            .WithMessage($"min_face_px must be 1 to {MostFacePixels}.");
        RuleFor(c => c.Camera.FramesPerSecond)
            .InclusiveBetween(Camera.LeastFramesPerSecond, Camera.MostFramesPerSecond).OverridePropertyName("frames_per_second")
            .WithMessage($"frames_per_second must be {Camera.LeastFramesPerSecond} to {Camera.MostFramesPerSecond}.");
        RuleFor(c => c.Camera.Source)
            .Must(s => s is not CameraSource.Network n || IsCredential(n.User) && IsCredential(n.Password))
            .OverridePropertyName("password")
            .WithMessage($"user and password must have at most {CameraSource.MaxCredentialLength} characters and no control characters.");
    }

    private static bool IsId(string? id) => id is null || (id.Length is > 0 and <= MaxIdLength && !id.Any(char.IsControl));

    private static bool IsCredential(string? text) =>
        text is null || (text.Length <= CameraSource.MaxCredentialLength && !text.Any(char.IsControl));
}
