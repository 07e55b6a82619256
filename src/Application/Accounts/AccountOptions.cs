using System.ComponentModel.DataAnnotations;
using FaceAttendance.Domain.Accounts;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Accounts;

/// <summary>How users log in. Section: <c>Accounts</c>.</summary>
public sealed class AccountOptions
{
    /// <summary>ACCESS_TOKEN_MINUTES: how long an access token lets in.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>REFRESH_TOKEN_DAYS: how long a refresh token gives new tokens.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>LOG_IN_DAYS: after so long the user logs in again, however often refresh tokens were traded; at least as long as one refresh token.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan LongestLogIn { get; set; } = TimeSpan.FromDays(30);

    /// <summary>PASSWORD_MIN_LENGTH: shortest password that is taken, in characters.</summary>
    [Range(8, 128)]
    public int MinPasswordLength { get; set; } = 8;

    /// <summary>Log-ins of one name that fail in a row before it is locked.</summary>
    [Range(3, 100)]
    public int FailuresBeforeLock { get; set; } = 10;

    /// <summary>The first lock; each further failure doubles it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan FirstLock { get; set; } = TimeSpan.FromMinutes(1);

    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LongestLock { get; set; } = TimeSpan.FromHours(1);

    /// <summary>So long after the last failure, failures no longer count.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan FailuresForgottenAfter { get; set; } = TimeSpan.FromHours(3);

    internal TimeSpan LogInLifetime => LongestLogIn > RefreshTokenLifetime ? LongestLogIn : RefreshTokenLifetime;

    internal LockRule Rule => new(FailuresBeforeLock, FirstLock, LongestLock);
}

/// <summary>Refuses spans that contradict one another.</summary>
internal sealed class AccountOptionsValidator : IValidateOptions<AccountOptions>
{
    public ValidateOptionsResult Validate(string? name, AccountOptions options) =>
        options.AccessTokenLifetime > options.RefreshTokenLifetime
            ? ValidateOptionsResult.Fail("Accounts:AccessTokenLifetime is longer than Accounts:RefreshTokenLifetime.")
        : options.FirstLock > options.LongestLock
            ? ValidateOptionsResult.Fail("Accounts:FirstLock is longer than Accounts:LongestLock.")
        : options.FailuresForgottenAfter <= options.LongestLock
            ? ValidateOptionsResult.Fail("Accounts:FailuresForgottenAfter must be longer than Accounts:LongestLock, or a lock would end its own count.")
            : ValidateOptionsResult.Success;
}
