using FaceAttendance.Application.Access;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace FaceAttendance.Infrastructure.Access;

/// <summary>
/// Users' tokens: JWTs (RFC 7519) signed with the server's own key for them, which all processes share, by HMAC-SHA256 and nothing else.
/// Claims that other systems' clients read are named as theirs name them: token_type, exp, iat, jti, user_id. Thread-safe.
/// </summary>
public sealed class UserTokens : IUserTokens
{
    /// <summary>No token has more characters; what is longer need not be looked at to be refused.</summary>
    public const int MaxCharacters = 1024;

    private const string Algorithm = SecurityAlgorithms.HmacSha256;
    private const string Audience = "faceattendance";
    private const string TypeClaim = "token_type";
    private const string UserClaim = "user_id";
    private const string SchoolClaim = "school";
    private const string LogInClaim = "sid";
    private const string GenerationClaim = "generation";

    // The processes' clocks may differ by so much.
    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(1);

    private readonly JsonWebTokenHandler _handler = new()
    {
        MaximumTokenSizeInBytes = MaxCharacters,
        MapInboundClaims = false,
        SetDefaultTimesOnTokenCreation = false,
    };
    private readonly IOptions<AccountOptions> _options;

    // The key is known once the server has started.
    private readonly Lazy<(SymmetricSecurityKey Key, string Issuer)> _signing;

    internal UserTokens(ServerSecrets secrets, IOptions<AccountOptions> options)
    {
        _options = options;
        _signing = new(() => (
            new(secrets.KeyOf(SecretUse.UserTokens).ToArray()),
            // This installation, as far as a token needs to say it: another one has another key.
            $"faceattendance:{Convert.ToHexStringLower(secrets.MacOf(SecretUse.UserTokens, "issuer"u8).AsSpan(0, 8))}"));
    }

    public string Issue(TokenUse use, UserGrant grant, DateTimeOffset issuedAt, DateTimeOffset expiresAt)
    {
        // In this order, and the school first: a proxy that cannot read JSON sees it at one place of every token
        // (deploy/nginx-cluster.conf).
        var claims = new Dictionary<string, object>
        {
            [SchoolClaim] = grant.School.Value.ToString(),
            [JwtRegisteredClaimNames.Aud] = Audience,
            [JwtRegisteredClaimNames.Iss] = _signing.Value.Issuer,
            [JwtRegisteredClaimNames.Exp] = expiresAt.ToUnixTimeSeconds(),
            [JwtRegisteredClaimNames.Iat] = issuedAt.ToUnixTimeSeconds(),
            [TypeClaim] = Words.Of(use),
            [JwtRegisteredClaimNames.Jti] = grant.Id.ToString("N"),
            [UserClaim] = grant.User,
            [LogInClaim] = grant.LogIn.Value.ToString("N"),
        };
        if (use == TokenUse.Refresh) claims.Add(GenerationClaim, grant.Generation);
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims, SigningCredentials = new(_signing.Value.Key, Algorithm),
        });
    }

    public async Task<UserGrant?> ReadAsync(TokenUse use, string token, DateTimeOffset now)
    {
        if (token.Length is 0 or > MaxCharacters) return null;
        var read = await _handler.ValidateTokenAsync(token, RulesOf(use, () => now));
        return read is { IsValid: true, SecurityToken: JsonWebToken jwt } ? GrantOf(use, jwt) : null;
    }

    /// <summary>What a token must fulfil before <see cref="GrantOf"/> reads it.</summary>
    public TokenValidationParameters RulesOf(TokenUse use, Func<DateTimeOffset> now) => new()
    {
        ValidAlgorithms = [Algorithm],
        IssuerSigningKey = _signing.Value.Key,
        TryAllIssuerSigningKeys = true,
        ValidIssuer = _signing.Value.Issuer,
        ValidAudience = Audience,
        LifetimeValidator = (_, expires, token, _) => token is JsonWebToken jwt && expires is { } end && IsAlive(use, jwt, end, now()),
    };

    /// <returns>Null for a token of another use.</returns>
    public static UserGrant? GrantOf(TokenUse use, JsonWebToken token)
    {
        if (!token.TryGetPayloadValue<string>(TypeClaim, out var type) || type != Words.Of(use)) return null;
        var generation = 0;
        return token.TryGetPayloadValue<long>(UserClaim, out var user)
            && token.TryGetPayloadValue<string>(SchoolClaim, out var schoolText) && Guid.TryParse(schoolText, out var school)
            && token.TryGetPayloadValue<string>(LogInClaim, out var logInText) && Guid.TryParse(logInText, out var logIn)
            && Guid.TryParse(token.Id, out var id)
            && (use == TokenUse.Access || token.TryGetPayloadValue(GenerationClaim, out generation))
                ? new(new SchoolId(school), user, new LogInId(logIn), id, generation)
                : null;
    }

    // One that claims to live longer than any that is made here was not made here.
    private bool IsAlive(TokenUse use, JsonWebToken token, DateTime expires, DateTimeOffset now)
    {
        var (longest, end) = (LifetimeOf(use), new DateTimeOffset(expires, TimeSpan.Zero));
        return end > now && end <= now + longest + Leeway && end - new DateTimeOffset(token.IssuedAt, TimeSpan.Zero) <= longest;
    }

    private TimeSpan LifetimeOf(TokenUse use) => use switch
    {
        TokenUse.Access => _options.Value.AccessTokenLifetime,
        TokenUse.Refresh => _options.Value.RefreshTokenLifetime,
    };
}
