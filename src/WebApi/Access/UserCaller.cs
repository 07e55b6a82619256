using System.Globalization;
using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using FaceAttendance.Application.Access;
using FaceAttendance.Domain;
using FaceAttendance.Infrastructure.Access;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.Net.Http.Headers;

namespace FaceAttendance.WebApi.Access;

/// <summary>Lets in a user by an access token, in an Authorization header or, with a socket's handshake, in <c>access_token</c>.</summary>
internal static class UserCaller
{
    // AddJwtBearer() would bring what fetches keys from an authority, and wants AddAuthentication() with its cookies and tickets.
    public static AuthenticationBuilder AddUserCaller(this AuthenticationBuilder authentication)
    {
        authentication.AddScheme<JwtBearerOptions, JwtBearerHandler>(ShownCredentials.UserScheme, null, _ => { });
        authentication.Services.AddOptions<JwtBearerOptions>(ShownCredentials.UserScheme)
            .Configure<UserTokens, TimeProvider>((bearer, tokens, clock) =>
        {
            bearer.MapInboundClaims = false;
            bearer.SaveToken = false;
            bearer.TokenValidationParameters = tokens.RulesOf(TokenUse.Access, clock.GetUtcNow);
            bearer.TokenHandlers.Clear();
            bearer.TokenHandlers.Add(
                new JsonWebTokenHandler { MaximumTokenSizeInBytes = UserTokens.MaxCharacters, MapInboundClaims = false });
            bearer.Events = new JwtBearerEvents { OnMessageReceived = FindToken, OnTokenValidated = FindAccountAsync };
        });
        return authentication;
    }

    /// <summary>What a user is known to be, whichever way they came.</summary>
    public static ClaimsPrincipal PrincipalOf(Account account, string scheme)
    {
        var user = account.User;
        var claims = new List<Claim>
        {
            new(ClaimTypes.Name, user.Name.Value), new(AccessRules.AccountClaim, $"user:{user.Id.Value}"),
            new(AccessRules.SchoolClaim, account.School.Value.ToString()),
            new(AccessRules.NumberClaim, user.Number.ToString(CultureInfo.InvariantCulture)),
            new(AccessRules.RoleClaim, Words.Of(user.Role)),
        };
        foreach (var scope in Roles.ScopesOf(user.Role)) claims.Add(new(AccessRules.ScopeClaim, scope));
        if (user.Student is { } student) claims.Add(new(AccessRules.StudentClaim, student.Value));
        return new(new ClaimsIdentity(claims, scheme));
    }

    private static Task FindToken(MessageReceivedContext context)
    {
        if (ShownCredentials.TokenOf(context.HttpContext) is { Length: > 0 } token) context.Token = token;
        else context.NoResult();
        return Task.CompletedTask;
    }

    // Looked up each time and never cached: a log-out, a disabled account or a changed password ends tokens at once, in every process.
    private static async Task FindAccountAsync(TokenValidatedContext context)
    {
        var logIns = context.HttpContext.RequestServices.GetRequiredService<ILogIns>();
        if (context.SecurityToken is JsonWebToken token && UserTokens.GrantOf(TokenUse.Access, token) is { } shown
            && await logIns.FindAsync(shown, context.HttpContext.RequestAborted) is { } account)
        {
            context.Principal = PrincipalOf(account, ShownCredentials.UserScheme);
        }
        else
        {
            context.Fail("The access token is for another use, or its log-in has ended.");
        }
    }
}

/// <summary>Lets in a user by name and password with every request (RFC 7617), which clients of other systems do.</summary>
internal sealed class BasicCaller(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, PasswordCheck passwords,
    KnownPasswords known, IUsers users)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    private static readonly object AccountKey = new();
    private static readonly Encoding StrictUtf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (await FindAsync() is not { } account) return AuthenticateResult.Fail("The name or the password is wrong.");
        Context.Items[AccountKey] = account;
        return AuthenticateResult.Success(new(UserCaller.PrincipalOf(account, Scheme.Name), Scheme.Name));
    }

    private async Task<Account?> FindAsync()
    {
        var ct = Context.RequestAborted;
        // A long connection is asked about again and again: the password was right once, and the account changes with it.
        if (Context.Items.TryGetValue(AccountKey, out var item) && item is Account earlier) return await StillAsync(earlier, ct);
        if (Decode(Request.Headers[HeaderNames.Authorization].ToString()) is not var (name, password)) return null;
        if (known.Find(name, password) is { } before && await StillAsync(before, ct) is { } same) return same;
        var judged = await passwords.JudgeAsync(name, password, CallerAddress.Of(Context), ct);
        if (judged.Error is { } error)
        {
            if (error.RetryAfter is not null) ShownCredentials.Refuse(Context, error);
            return null;
        }
        known.Keep(name, password, judged.Value);
        return judged.Value;
    }

    private async Task<Account?> StillAsync(Account before, CancellationToken ct) =>
        await users.FindAsync(before.School, before.User.Id, ct) is { User.DisabledAt: null } now && now.Stamp == before.Stamp ? now : null;

    private static (string Name, string Password)? Decode(string header)
    {
        try
        {
            var text = StrictUtf8.GetString(Convert.FromBase64String(header[ShownCredentials.Basic.Length..].Trim()));
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            return colon > 0 ? (text[..colon], text[(colon + 1)..]) : null;
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }
}
