namespace FaceAttendance.Domain.Recognition;

/// <summary>A stored template's id.</summary>
public readonly record struct TemplateId(Guid Value)
{
    public static TemplateId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}
