using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Access;

/// <summary>Lets in whoever shows a good API key: in <c>X-Api-Key</c>, as a bearer token or, for sockets and hubs, in the
/// address.</summary>
internal sealed class ApiKeyCaller(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ShownKeys keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var shown = Request.Headers.TryGetValue(ShownCredentials.ApiKeyHeader, out var header) ? header.ToString()
            : ShownCredentials.TokenOf(Context) ?? "";
        var judged = await keys.JudgeAsync(Context, shown);
        if (judged.Error is not { } error) return AuthenticateResult.Success(new(judged.Value.ToPrincipal(Scheme.Name), Scheme.Name));
        if (error.RetryAfter is not null) ShownCredentials.Refuse(Context, error);
        return AuthenticateResult.Fail(error.Message);
    }
}
