using FaceAttendance.Application.Access;

namespace FaceAttendance.WebApi.Access;

/// <summary>The present request's caller by name; the server itself outside of requests.</summary>
internal sealed class HttpCaller(IHttpContextAccessor requests) : ICaller
{
    public string Name => (requests.HttpContext is { } http ? AccessRules.CallerOf(http.User) : null) ?? ICaller.Server;
}
