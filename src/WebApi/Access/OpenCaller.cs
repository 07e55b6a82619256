using System.Security.Claims;
using System.Text.Encodings.Web;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain.Schools;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Access;

/// <summary>Lets anybody who shows no credentials into liveness sessions of the first school, where LIVENESS_OPEN says so.</summary>
internal sealed class OpenCaller(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, IOptions<LivenessOptions> liveness)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "open";

    private static readonly ClaimsPrincipal Anybody = new(new ClaimsIdentity(
        [new(ClaimTypes.Name, "anybody"), new(AccessRules.SchoolClaim, SchoolId.First.Value.ToString()),
            new(AccessRules.ScopeClaim, Scopes.Liveness)], SchemeName));

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        liveness.Value.Open ? AuthenticateResult.Success(new AuthenticationTicket(Anybody, SchemeName)) : AuthenticateResult.NoResult());
}
