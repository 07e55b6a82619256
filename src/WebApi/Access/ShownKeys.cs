using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Application.Access;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Access;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Access;

/// <summary>Judges API keys that callers show, the one of the configuration among them. Thread-safe.</summary>
internal sealed class ShownKeys(
    ApiKeyCache keys, KeyLookUps lookUps, IOptions<AccessOptions> access, IHostEnvironment environment)
{
    // The configured key belongs to whoever runs the server, and so to the first school, and is known by its hash alone.
    private readonly byte[]? _configured = access.Value.AdminKeySha256;

    /// <returns>Fails with <c>access.key_refused</c> or <c>access.too_many_wrong_keys</c>.</returns>
    public async Task<Result<KnownKey>> JudgeAsync(HttpContext http, string shown)
    {
        var whole = SHA256.HashData(Encoding.UTF8.GetBytes(shown));
        if (IsConfigured(whole)) return Configured(whole);
        var secret = ApiKeySecret.Parse(shown);
        if (secret is not null && await JudgeAsync(http, secret, onlyKnown: true) is { } known) return Known(known, secret.Sha256);
        var found = await LookUpAsync(http, secret);
        return found.Error is { } error ? error : Known(found.Value, secret!.Sha256);
    }

    /// <summary>Judges a key that was good when a session was opened with it.</summary>
    /// <returns>Null when it is good no longer.</returns>
    public async Task<KnownKey?> JudgeAsync(SchoolId school, SessionKey key, CancellationToken ct)
    {
        if (key.Id is not { } id) return IsConfigured(key.Sha256) ? Configured(key.Sha256) : null;
        return await keys.JudgeAsync(school, id, key.Sha256, onlyKnown: false, ct) is { } grant ? Known(grant, key.Sha256) : null;
    }

    private bool IsConfigured(byte[] sha256) => _configured is not null && CryptographicOperations.FixedTimeEquals(_configured, sha256);

    /// <param name="secret">Null for what is no key at all, which is told to wait like a wrong one.</param>
    private async Task<Result<ApiKeyGrant>> LookUpAsync(HttpContext http, ApiKeySecret? secret)
    {
        var address = CallerAddress.Of(http);
        var wait = lookUps.Take(address);
        var grant = secret is null ? null
            : wait is null ? await JudgeAsync(http, secret, onlyKnown: false)
            : await lookUps.InTurnAsync(address, () => JudgeAsync(http, secret, onlyKnown: false), http.RequestAborted);
        // A developer at this very machine tries this and that, and is not told to wait.
        if (grant is null && LocalCaller.Objection(http, environment.IsDevelopment()) is not null)
        {
            if (wait is { } early) return AccessErrors.TooManyWrongKeys(early);
        }
        else if (wait is null)
        {
            lookUps.GiveBack(address);
        }
        return grant is null ? AccessErrors.KeyRefused : grant;
    }

    private ValueTask<ApiKeyGrant?> JudgeAsync(HttpContext http, ApiKeySecret secret, bool onlyKnown) =>
        keys.JudgeAsync(secret, onlyKnown, http.RequestAborted);

    private static KnownKey Known(ApiKeyGrant grant, byte[] sha256) =>
        new(grant.School, $"key:{grant.Id}", grant.Scopes, grant.Device, new(grant.Id, sha256));

    private static KnownKey Configured(byte[] sha256) => new(SchoolId.First, "key:configured", [Scopes.Admin], null, new(null, sha256));
}

/// <summary>What a good key lets its bearer do.</summary>
/// <param name="Device">The machine that the key belongs to; null for a program's.</param>
internal sealed record KnownKey(SchoolId School, string Name, IReadOnlyList<string> Scopes, DeviceId? Device, SessionKey Key)
{
    public ClaimsPrincipal ToPrincipal(string scheme)
    {
        var identity = new ClaimsIdentity(scheme);
        identity.AddClaim(new(ClaimTypes.Name, Name));
        identity.AddClaim(new(AccessRules.SchoolClaim, School.ToString()));
        foreach (var scope in Scopes) identity.AddClaim(new(AccessRules.ScopeClaim, scope));
        if (Device is { } machine) identity.AddClaim(new(AccessRules.DeviceClaim, machine.Value));
        return new(identity);
    }
}
