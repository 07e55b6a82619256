using FaceAttendance.WebApi.Requests;

namespace FaceAttendance.WebApi.Contract;

/// <param name="School">The school's code, for users of another school than the first.</param>
internal sealed record LogInBody(string Username, string Password, string? School) : IJsonBody
{
    public override string ToString() => "LogInBody(withheld)";
}

internal sealed record RefreshBody(string Refresh) : IJsonBody
{
    public override string ToString() => "RefreshBody(withheld)";
}

/// <param name="Everywhere">Every log-in of the user.</param>
internal sealed record LogOutBody(string Refresh, bool? Everywhere) : IJsonBody
{
    public override string ToString() => "LogOutBody(withheld)";
}

/// <param name="Lat">A number, or a text that is one.</param>
/// <param name="Lon">Likewise.</param>
internal sealed record PositionBody(double Lat, double Lon) : IJsonBody
{
    public override string ToString() => "PositionBody(withheld)";
}
