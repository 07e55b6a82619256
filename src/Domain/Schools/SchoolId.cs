namespace FaceAttendance.Domain.Schools;

/// <summary>The tenant. Every row, key and gallery belongs to one.</summary>
public readonly record struct SchoolId(Guid Value)
{
    /// <summary>The school that exists from the first start, so that a small user never meets the word.</summary>
    public static readonly SchoolId First = new(new Guid("00000000-0000-7000-8000-000000000001"));

    public override string ToString() => Value.ToString();
}
