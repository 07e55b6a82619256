using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;

namespace FaceAttendance.WebApi.Security;

/// <summary>Who may call, and how often. Section: <c>Access</c>.</summary>
internal sealed class AccessOptions
{
    /// <summary>
    /// An administrator's key of the first school that stands in the configuration and not in the database: the way in for containers, and back in
    /// when every other key is lost. Good for as long as it stands there.
    /// </summary>
    [RegularExpression("fa_[!-~]{32,}", ErrorMessage = "Access:AdminKey must be fa_ and 32 or more printable characters.")]
    public string? AdminKey { get; set; }

    /// <summary>Null when there is none.</summary>
    public byte[]? AdminKeySha256 => AdminKey is { Length: > 0 } key ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null;

    public override string ToString() => "AccessOptions(withheld)";
}
