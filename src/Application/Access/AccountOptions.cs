using System.ComponentModel.DataAnnotations;
using FaceAttendance.Domain.Access;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Access;

/// <summary>How users log in. Section: <c>Accounts</c>.</summary>
public sealed class AccountOptions
{
    /// <summary>ACCESS_TOKEN_MINUTES: how long an access token lets in.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "1.00:00:00")]
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>REFRESH_TOKEN_DAYS: how long a refresh token gives new tokens.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>LOG_IN_DAYS: after so long the user logs in again, however often refresh tokens were traded; at least as long as one
    /// refresh token.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "365.00:00:00")]
    public TimeSpan LongestLogIn { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a browser's session lasts that nobody uses; a user's ends with the log-in all the same.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "30.00:00:00")]
    public TimeSpan SessionLifetime { get; set; } = TimeSpan.FromHours(12);

    /// <summary>The same of one that was opened with a device's key: a kiosk outlives the holidays.</summary>
    [Range(typeof(TimeSpan), "00:05:00", "365.00:00:00")]
    public TimeSpan DeviceSessionLifetime { get; set; } = TimeSpan.FromDays(90);

    /// <summary>PASSWORD_MIN_LENGTH: shortest password that is taken, in characters.</summary>
    [Range(8, 128)]
    public int MinPasswordLength { get; set; } = 8;

    /// <summary>Wrong passwords that an address may type at once; a name at an address from which it has logged in before has as many to
    /// itself.</summary>
    [Range(3, 10_000)]
    public int WrongPasswordBurst { get; set; } = 15;

    /// <summary>After so long it may type one more.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan WrongPasswordPause { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Passwords that wait for their turn, the one that is judged included; each takes a core for a good part of a
    /// second.</summary>
    [Range(1, 1000)]
    public int PasswordQueue { get; set; } = 8;

    /// <summary>Log-ins of one name at one address that fail in a row before it is locked there; an address from which it has logged in is
    /// not.</summary>
    [Range(3, 100)]
    public int FailuresBeforeLock { get; set; } = 10;

    /// <summary>The first lock; each further failure doubles it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan FirstLock { get; set; } = TimeSpan.FromMinutes(1);

    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LongestLock { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Between two attempts on a name from all addresses that it never logged in from, once twice as many as before a lock have
    /// failed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan StrangersPause { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>So long after the last failure, failures no longer count.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan FailuresForgottenAfter { get; set; } = TimeSpan.FromHours(3);

    internal TimeSpan LogInLifetime => LongestLogIn > RefreshTokenLifetime ? LongestLogIn : RefreshTokenLifetime;

    /// <summary>How long a session lasts that nobody uses.</summary>
    public TimeSpan IdleOf(bool isDevice) => isDevice ? DeviceSessionLifetime : SessionLifetime;

    internal LockRule Rule => new(FailuresBeforeLock, FirstLock, LongestLock);

    // Of all addresses that a name never logged in from together: any number of them guesses no faster than this, and one who travels gets
    // in between.
    internal LockRule StrangersRule => new(FailuresBeforeLock * 2, StrangersPause, StrangersPause);
}

[OptionsValidator]
internal sealed partial class AccountOptionsValidator : IValidateOptions<AccountOptions>;

/// <summary>Refuses spans that contradict one another.</summary>
internal sealed class AccountSpansValidator : IValidateOptions<AccountOptions>
{
    public ValidateOptionsResult Validate(string? name, AccountOptions options) =>
        options.AccessTokenLifetime > options.RefreshTokenLifetime
            ? ValidateOptionsResult.Fail("Accounts:AccessTokenLifetime is longer than Accounts:RefreshTokenLifetime.")
        : options.FirstLock > options.LongestLock
            ? ValidateOptionsResult.Fail("Accounts:FirstLock is longer than Accounts:LongestLock.")
        : options.FailuresForgottenAfter <= options.LongestLock
            ? ValidateOptionsResult.Fail(
                "Accounts:FailuresForgottenAfter must be longer than Accounts:LongestLock, or a lock would end its own count.")
            : ValidateOptionsResult.Success;
}
