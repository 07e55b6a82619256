using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Persistence;

/// <summary>Where the data lies. Section: <c>Persistence</c>.</summary>
public sealed class PersistenceOptions
{
    /// <summary>An Npgsql connection string to a PostgreSQL database (13 or newer) on which PostGIS is or can be installed.</summary>
    [Required]
    public string? ConnectionString { get; set; }

    /// <summary>How long a start waits for a database that does not answer yet. Default 30 s, in which a database started beside it comes up.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan StartupWait { get; set; } = TimeSpan.FromSeconds(30);

    public override string ToString() => "PersistenceOptions(withheld)";
}

[OptionsValidator]
internal sealed partial class PersistenceOptionsValidator : IValidateOptions<PersistenceOptions>;

/// <summary>The part of the rules that no attribute can state; messages never repeat the string, which holds a password.</summary>
internal sealed class ConnectionStringValidator : IValidateOptions<PersistenceOptions>
{
    public ValidateOptionsResult Validate(string? name, PersistenceOptions options)
    {
        if (string.IsNullOrEmpty(options.ConnectionString)) return ValidateOptionsResult.Skip;
        try
        {
            var parsed = new NpgsqlConnectionStringBuilder(options.ConnectionString);
            return string.IsNullOrEmpty(parsed.Host)
                ? ValidateOptionsResult.Fail("Persistence:ConnectionString names no Host.")
                : ValidateOptionsResult.Success;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return ValidateOptionsResult.Fail(
                "Persistence:ConnectionString is no Npgsql connection string; it looks like \"Host=127.0.0.1;Database=attendance;Username=attendance;Password=…\".");
        }
    }
}
