using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Security;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Security;

/// <summary>Lets in whoever shows a good API key: in <c>X-Api-Key</c>, as a bearer token or, for sockets and hubs, in the address.</summary>
internal sealed class ApiKeyCaller(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApiKeyCache keys, FailedKeys failures,
    IOptions<AccessOptions> access, IHostEnvironment environment)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    private const string Wrong = "The API key is unknown, wrong, expired or revoked.";

    // The configured key belongs to whoever runs the server, and so to the first school, and is known by its hash alone.
    private readonly byte[]? _configured = access.Value.AdminKeySha256;

    private static readonly object LockKey = new();

    /// <returns>How long the caller's address is locked out, when that is why the key was not looked at; otherwise null.</returns>
    public static TimeSpan? LockOf(HttpContext http) => http.Items.TryGetValue(LockKey, out var wait) ? wait as TimeSpan? : null;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var shown = Request.Headers.TryGetValue(ShownCredentials.ApiKeyHeader, out var header) ? header.ToString() : ShownCredentials.TokenOf(Context) ?? "";
        if (_configured is not null && CryptographicOperations.FixedTimeEquals(_configured, SHA256.HashData(Encoding.UTF8.GetBytes(shown))))
        {
            return Success(SchoolId.First, "key:configured", [Scopes.Admin], device: null);
        }
        var address = CallerAddress.Of(Context);
        var locked = failures.LockOf(address);
        if (ApiKeySecret.Parse(shown) is { } secret && await keys.JudgeAsync(secret, onlyKnown: locked is not null, Context.RequestAborted) is { } grant)
        {
            return Success(grant.School, $"key:{grant.Id}", grant.Scopes, grant.Device);
        }
        if (locked is { } wait) Context.Items[LockKey] = wait;
        // A developer at this very machine tries this and that, and locks out nobody.
        else if (LocalCaller.Objection(Context, environment.IsDevelopment()) is not null) failures.Count(address);
        return AuthenticateResult.Fail(Wrong);
    }

    private AuthenticateResult Success(SchoolId school, string name, IReadOnlyList<string> scopes, DeviceId? device)
    {
        var identity = new ClaimsIdentity(Scheme.Name);
        identity.AddClaim(new(ClaimTypes.Name, name));
        identity.AddClaim(new(Access.SchoolClaim, school.ToString()));
        foreach (var scope in scopes) identity.AddClaim(new(Access.ScopeClaim, scope));
        if (device is { } machine) identity.AddClaim(new(Access.DeviceClaim, machine.Value));
        return AuthenticateResult.Success(new(new ClaimsPrincipal(identity), Scheme.Name));
    }
}
