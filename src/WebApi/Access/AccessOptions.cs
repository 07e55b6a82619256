using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using FaceAttendance.WebApi.Operations;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Access;

/// <summary>Who may call, from where, and how often. Section: <c>Access</c>.</summary>
internal sealed class AccessOptions : IValidatableObject
{
    /// <summary>
    /// An administrator's key of the first school that stands in the configuration and not in the database: the way in for containers, and
    /// back in when every other key is lost. Good for as long as it stands there.
    /// </summary>
    [RegularExpression("fa_[!-~]{32,}", ErrorMessage = "Access:AdminKey must be fa_ and 32 or more printable characters.")]
    public string? AdminKey { get; set; }

    /// <summary>Null when there is none.</summary>
    public byte[]? AdminKeySha256 => AdminKey is { Length: > 0 } key ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null;

    /// <summary>What a caller may ask for on average. Default 50: a gate with four cameras at ten frames a second has some to
    /// spare.</summary>
    [Range(1, 10_000)]
    public int RequestsPerSecond { get; set; } = 50;

    /// <summary>What a caller may ask for at once after a pause. Default 100.</summary>
    [Range(1, 100_000)]
    public int RequestBurst { get; set; } = 100;

    /// <summary>Sockets and hub connections that a caller may have open. Default 50: every screen of a school that shows one key.</summary>
    [Range(1, 100_000)]
    public int LiveConnectionsPerCaller { get; set; } = 50;

    /// <summary>The same of all callers together. Default 2000.</summary>
    [Range(1, 1_000_000)]
    public int LiveConnections { get; set; } = 2000;

    /// <summary>Addresses and networks whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed, separated by commas. None by
    /// default.</summary>
    public string? TrustedProxies { get; set; }

    /// <summary>Origins of pages that may call besides those of this machine, separated by commas.</summary>
    public string? CorsOrigins { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (AddressList.Parse(TrustedProxies) is null)
            yield return new("Access:TrustedProxies must be addresses or networks, separated by commas.");
        if (Origins.Parse(CorsOrigins) is null)
            yield return new("Access:CorsOrigins must be origins such as https://school.example, separated by commas.");
    }

    public override string ToString() => "AccessOptions(withheld)";
}

[OptionsValidator]
internal sealed partial class AccessOptionsValidator : IValidateOptions<AccessOptions>;
