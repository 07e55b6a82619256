using FaceAttendance.Domain;
using MediatR;

namespace FaceAttendance.Application.Access;

/// <summary>Gives tokens for a name and a password.</summary>
/// <param name="Address">Where the caller is.</param>
public sealed record LogIn(string UserName, string Password, string Address) : IRequest<Result<LoggedIn>>
{
    public override string ToString() => nameof(LogIn);
}

public sealed record LoggedIn(string RefreshToken, string AccessToken)
{
    public override string ToString() => nameof(LoggedIn);
}

internal sealed class LogInHandler(PasswordCheck passwords, TokenIssuer issuer) : IRequestHandler<LogIn, Result<LoggedIn>>
{
    public async Task<Result<LoggedIn>> Handle(LogIn command, CancellationToken ct)
    {
        var judged = await passwords.JudgeAsync(command.UserName, command.Password, command.Address, ct);
        if (judged.Error is { } refused) return refused;
        return await issuer.BeginAsync(judged.Value, ct) is { } tokens ? tokens : AccountErrors.LogInRefused;
    }
}
