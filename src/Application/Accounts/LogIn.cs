using FaceAttendance.Application.Access;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Accounts;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Accounts;

/// <summary>Gives tokens for a name and a password.</summary>
public sealed record LogIn(string UserName, string Password) : IRequest<Result<LoggedIn>>
{
    public override string ToString() => nameof(LogIn);
}

public sealed record LoggedIn(string RefreshToken, string AccessToken)
{
    public override string ToString() => nameof(LoggedIn);
}

/// <summary>Gives a new access token for a refresh token.</summary>
public sealed record RefreshAccess(string RefreshToken) : IRequest<Result<RefreshedAccess>>
{
    public override string ToString() => nameof(RefreshAccess);
}

public sealed record RefreshedAccess(string AccessToken)
{
    public override string ToString() => nameof(RefreshedAccess);
}

/// <summary>Every log-in does the same work, whatever becomes of it: one count, one look-up, one hash. So its time tells nothing.</summary>
internal sealed class LogInHandler(
    IUsers users, ILogInFailures failures, IPasswords passwords, TokenIssuer issuer, IOptions<AccountOptions> options)
    : IRequestHandler<LogIn, Result<LoggedIn>>
{
    public async Task<Result<LoggedIn>> Handle(LogIn command, CancellationToken ct)
    {
        var isOpen = await failures.CountAsync(command.UserName, options.Value.Rule, options.Value.FailuresForgottenAfter, ct);
        var found = UserName.Parse(command.UserName) is { } name ? await users.FindAsync(name, ct) : null;
        var isRight = passwords.Verify(found?.PasswordHash, command.Password);
        var isAccepted = isOpen && isRight && found!.Account.User.DisabledAt is null;
        AccessMetrics.LoggedIn(isAccepted);
        if (!isAccepted) return AccountErrors.LogInRefused;

        await failures.ForgetAsync(command.UserName, ct);
        return new LoggedIn(issuer.Issue(TokenUse.Refresh, found!.Account), issuer.Issue(TokenUse.Access, found.Account));
    }
}

internal sealed class RefreshAccessHandler(UserAccess access, TokenIssuer issuer) : IRequestHandler<RefreshAccess, Result<RefreshedAccess>>
{
    public async Task<Result<RefreshedAccess>> Handle(RefreshAccess command, CancellationToken ct) =>
        await access.FindAsync(TokenUse.Refresh, command.RefreshToken, ct) is { } account
            ? new RefreshedAccess(issuer.Issue(TokenUse.Access, account))
            : AccountErrors.RefreshRefused;
}

/// <summary>Makes tokens that last as long as the options say.</summary>
internal sealed class TokenIssuer(IUserTokens tokens, TimeProvider clock, IOptions<AccountOptions> options)
{
    public string Issue(TokenUse use, Account account) => tokens.Issue(
        use, new(account.School, account.User.Id, account.Stamp),
        clock.GetUtcNow() + (use == TokenUse.Access ? options.Value.AccessTokenLifetime : options.Value.RefreshTokenLifetime));
}
