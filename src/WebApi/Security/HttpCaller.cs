using FaceAttendance.Application.Access;

namespace FaceAttendance.WebApi.Security;

/// <summary>The present request's caller by name; the server itself outside of requests.</summary>
internal sealed class HttpCaller(IHttpContextAccessor requests) : ICaller
{
    public string Name => (requests.HttpContext is { } http ? Access.CallerOf(http.User) : null) ?? ICaller.Server;
}
