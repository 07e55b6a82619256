using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Access;

/// <summary>Lets in whoever shows a good API key: in <c>X-Api-Key</c>, as a bearer token or, for sockets and hubs, in the
/// address.</summary>
internal sealed class ApiKeyCaller(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApiKeyCache keys, KeyLookUps lookUps,
    IOptions<AccessOptions> access, IHostEnvironment environment)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    private const string Wrong = "The API key is unknown, wrong, expired or revoked.";

    // The configured key belongs to whoever runs the server, and so to the first school, and is known by its hash alone.
    private readonly byte[]? _configured = access.Value.AdminKeySha256;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var shown = Request.Headers.TryGetValue(ShownCredentials.ApiKeyHeader, out var header) ? header.ToString()
            : ShownCredentials.TokenOf(Context) ?? "";
        if (_configured is not null && CryptographicOperations.FixedTimeEquals(_configured, SHA256.HashData(Encoding.UTF8.GetBytes(shown))))
        {
            return Success(SchoolId.First, "key:configured", [Scopes.Admin], device: null);
        }
        var secret = ApiKeySecret.Parse(shown);
        if (secret is not null && await JudgeAsync(secret, onlyKnown: true) is { } known) return Success(known);
        return await LookUpAsync(secret) is { } found ? Success(found) : AuthenticateResult.Fail(Wrong);
    }

    /// <param name="secret">Null for what is no key at all, which is told to wait like a wrong one.</param>
    private async Task<ApiKeyGrant?> LookUpAsync(ApiKeySecret? secret)
    {
        var address = CallerAddress.Of(Context);
        var wait = lookUps.Take(address);
        var grant = secret is null ? null
            : wait is null ? await JudgeAsync(secret, onlyKnown: false)
            : await lookUps.InTurnAsync(address, () => JudgeAsync(secret, onlyKnown: false), Context.RequestAborted);
        // A developer at this very machine tries this and that, and is not told to wait.
        if (grant is null && LocalCaller.Objection(Context, environment.IsDevelopment()) is not null)
        {
            if (wait is not null) ShownCredentials.Refuse(Context, AccessErrors.TooManyWrongKeys(wait.Value));
        }
        else if (wait is null)
        {
            lookUps.GiveBack(address);
        }
        return grant;
    }

    private ValueTask<ApiKeyGrant?> JudgeAsync(ApiKeySecret secret, bool onlyKnown) =>
        keys.JudgeAsync(secret, onlyKnown, Context.RequestAborted);

    private AuthenticateResult Success(ApiKeyGrant grant) => Success(grant.School, $"key:{grant.Id}", grant.Scopes, grant.Device);

    private AuthenticateResult Success(SchoolId school, string name, IReadOnlyList<string> scopes, DeviceId? device)
    {
        var identity = new ClaimsIdentity(Scheme.Name);
        identity.AddClaim(new(ClaimTypes.Name, name));
        identity.AddClaim(new(AccessRules.SchoolClaim, school.ToString()));
        foreach (var scope in scopes) identity.AddClaim(new(AccessRules.ScopeClaim, scope));
        if (device is { } machine) identity.AddClaim(new(AccessRules.DeviceClaim, machine.Value));
        return AuthenticateResult.Success(new(new ClaimsPrincipal(identity), Scheme.Name));
    }
}
