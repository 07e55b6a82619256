
namespace FaceAttendance.Application.Privacy;

/// <summary>The states as they stand in answers and in the database.</summary>
public static class ConsentWords
{
    public static string Of(ConsentState state) => state switch
    {
        ConsentState.NotAsked => "not_asked",
        ConsentState.Given => "given",
        ConsentState.Withdrawn => "withdrawn",
    };

    /// <returns>Null for another word.</returns>
    public static ConsentState? Parse(string? word) => word switch
    {
        "not_asked" => ConsentState.NotAsked,
        "given" => ConsentState.Given,
        "withdrawn" => ConsentState.Withdrawn,
        _ => null,
    };
}
