using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Students;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace FaceAttendance.Infrastructure.Security;

/// <summary>Result tokens, encrypted and authenticated by ASP.NET Core's Data Protection, whose keys all processes share. Thread-safe.</summary>
internal sealed class LivenessTokens(IDataProtectionProvider protection) : ILivenessTokens
{
    // school 16, session 16, passed and expires in Unix milliseconds 8 each, whether PAD was asked 1; then the student id in ASCII.
    private const int FixedLength = 16 + 16 + 8 + 8 + 1;

    // The purpose keeps a token from being read as anything else that is protected with the same keys; the version changes with the layout.
    private readonly IDataProtector _protector = protection.CreateProtector("FaceAttendance.LivenessResult", "v1");

    public string Issue(LivenessGrant grant)
    {
        var plain = new byte[FixedLength + grant.Student.Value.Length];
        grant.School.Value.TryWriteBytes(plain);
        grant.Session.Value.TryWriteBytes(plain.AsSpan(16));
        BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(32), grant.PassedAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(40), grant.ExpiresAt.ToUnixTimeMilliseconds());
        plain[48] = grant.PadAsked ? (byte)1 : (byte)0;
        Encoding.ASCII.GetBytes(grant.Student.Value, plain.AsSpan(FixedLength));
        return WebEncoders.Base64UrlEncode(_protector.Protect(plain));
    }

    public Result<LivenessGrant> Read(SchoolId school, string token, DateTimeOffset now)
    {
        if (Decode(token) is not { } grant || grant.School != school) return LivenessErrors.TokenInvalid;
        return now >= grant.ExpiresAt ? LivenessErrors.TokenExpired : grant;
    }

    private LivenessGrant? Decode(string token)
    {
        byte[] plain;
        try
        {
            plain = _protector.Unprotect(WebEncoders.Base64UrlDecode(token));
        }
        // Whatever a client may send in place of a token ends here; the library has no way to ask first.
        catch (Exception forged) when (forged is CryptographicException or FormatException)
        {
            return null;
        }
        return new(
            new(new Guid(plain.AsSpan(0, 16))), new(Encoding.ASCII.GetString(plain.AsSpan(FixedLength))), new(new Guid(plain.AsSpan(16, 16))),
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(plain.AsSpan(32))),
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(plain.AsSpan(40))), plain[48] == 1);
    }
}
