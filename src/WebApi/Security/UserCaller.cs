using System.Globalization;
using System.Security.Claims;
using System.Text.Encodings.Web;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Accounts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Security;

/// <summary>Lets in a user by an access token, in an Authorization header or, with a socket's handshake, in <c>access_token</c>.</summary>
internal sealed class UserCaller(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, UserAccess access)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (ShownCredentials.TokenOf(Context) is not { } token) return AuthenticateResult.NoResult();
        return await access.FindAsync(TokenUse.Access, token, Context.RequestAborted) is { } account
            ? AuthenticateResult.Success(new AuthenticationTicket(PrincipalOf(account), Scheme.Name))
            : AuthenticateResult.Fail("The access token is not valid.");
    }

    private static ClaimsPrincipal PrincipalOf(Account account)
    {
        var user = account.User;
        var claims = new List<Claim> { new(ClaimTypes.Name, user.Name.Value), new(Access.AccountClaim, $"user:{user.Id.Value}"), new(Access.NumberClaim, user.Number.ToString(CultureInfo.InvariantCulture)),
            new(Access.SchoolClaim, account.School.Value.ToString()) };
        foreach (var scope in Roles.ScopesOf(user.Role)) claims.Add(new(Access.ScopeClaim, scope));
        if (user.Student is { } student) claims.Add(new(Access.StudentClaim, student.Value));
        return new(new ClaimsIdentity(claims, ShownCredentials.UserScheme));
    }
}
