using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Database;

/// <summary>Where the data lies. Section: <c>Persistence</c>.</summary>
public sealed class DatabaseOptions
{
    /// <summary>An Npgsql connection string to a PostgreSQL database (13 or newer) on which PostGIS is or can be installed.</summary>
    [Required]
    public string? ConnectionString { get; set; }

    /// <summary>The same database as its owner, for the schema alone. Null: <see cref="ConnectionString"/> is the owner's.</summary>
    public string? OwnerConnectionString { get; set; }

    /// <summary>How long a start waits for a database that does not answer yet. Default 30 s, in which a database started beside it comes
    /// up.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan StartupWait { get; set; } = TimeSpan.FromSeconds(30);

    public override string ToString() => "DatabaseOptions(withheld)";
}

[OptionsValidator]
internal sealed partial class DatabaseOptionsValidator : IValidateOptions<DatabaseOptions>;

/// <summary>The part of the rules that no attribute can state; messages never repeat the string, which holds a password.</summary>
internal sealed class ConnectionStringValidator : IValidateOptions<DatabaseOptions>
{
    public ValidateOptionsResult Validate(string? name, DatabaseOptions options)
    {
        string?[] failures =
        [
            Complaint("Persistence:ConnectionString", options.ConnectionString),
            Complaint("Persistence:OwnerConnectionString", options.OwnerConnectionString),
        ];
        return failures.OfType<string>()
            .ToArray() is { Length: > 0 } told ? ValidateOptionsResult.Fail(told) : ValidateOptionsResult.Success;
    }

    private static string? Complaint(string setting, string? given)
    {
        if (string.IsNullOrEmpty(given)) return null;
        try
        {
            return string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(given).Host) ? $"{setting} names no Host." : null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return $"{setting} is no Npgsql connection string; it looks like " +
                "\"Host=127.0.0.1;Database=attendance;Username=attendance;Password=…\".";
        }
    }
}
