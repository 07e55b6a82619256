using FaceAttendance.Application.Access;
using FaceAttendance.Application.Presence;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Presence;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Schools;

/// <summary>Makes the first administrator, names the school and says where and when it is; then it opens a session for them.</summary>
/// <param name="SiteName">Null for a school that is nowhere yet.</param>
public sealed record SetUp(
    UserName Name, string Password, string SchoolName, string TimeZone, string? SiteName, Fence? Fence) : IRequest<Result<UserSession>>
{
    public override string ToString() => nameof(SetUp);
}

internal sealed class SetUpValidator : AbstractValidator<SetUp>
{
    public SetUpValidator(IOptions<AccountOptions> options)
    {
        RuleFor(c => c.Password).Password(options.Value)
            .IsNotWeak((c, password) => WeakPasswords.FaultOf(password, c.Name.Value, c.SchoolName));
        RuleFor(c => c.SchoolName).SchoolName("school_name");
        RuleFor(c => c.TimeZone).TimeZone();
        When(c => c.SiteName is not null, () => RuleFor(c => c.SiteName!).SiteName());
    }
}

internal sealed class SetUpHandler(
    IFirstSetUp setUp, ISchoolCalendars calendars, IPasswords passwords, SessionIssuer issuer, TimeProvider clock)
    : IRequestHandler<SetUp, Result<UserSession>>
{
    public async Task<Result<UserSession>> Handle(SetUp command, CancellationToken ct)
    {
        if (!await setUp.IsNeededAsync(ct)) return SetUpErrors.Done;
        if (calendars.Fixed is { } zone && zone != command.TimeZone) return SchoolErrors.TimeZoneFixed(zone);
        var site = command is { SiteName: { } name, Fence: { } fence } ? new Site(SiteId.New(), name, fence) : null;
        var school = new FirstSchool(command.SchoolName, calendars.Fixed is null ? command.TimeZone : null, site);
        // In whole milliseconds, which every store keeps.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var user = new User(UserId.New(), Number: 0, command.Name, UserRole.Admin, Student: null, now, DisabledAt: null);
        if (await setUp.DoAsync(school, user, passwords.Hash(command.Password), ct) is not { } account) return SetUpErrors.Done;
        return await issuer.BeginAsync(account, ct) is { } opened ? new UserSession(account, opened) : AccountErrors.LogInRefused;
    }
}

public static class SetUpErrors
{
    public static Error Done { get; } = new(
        "setup.done", "The server has been set up; log in as an administrator, who adds others.", ErrorKind.Conflict);

    public static Error NotAllowed { get; } = new(
        "setup.not_allowed",
        "The first administrator is made on the server's own machine: open the page there at http://127.0.0.1 and its port, or show an " +
        "administrator's key, which the server program prints with --issue-admin-key.", ErrorKind.Forbidden);
}
