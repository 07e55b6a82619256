using System.Buffers.Binary;
using System.Security.Cryptography;
using FaceAttendance.Application.Accounts;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace FaceAttendance.Infrastructure.Security;

/// <summary>Users' tokens, encrypted and authenticated by ASP.NET Core's Data Protection, whose keys all processes share. Thread-safe.</summary>
internal sealed class UserTokens(IDataProtectionProvider protection) : IUserTokens
{
    // school 16, user 16, stamp 16, expires in Unix milliseconds 8.
    private const int Length = 16 + 16 + 16 + 8;

    // No token has more characters; what is longer need not be deciphered to be refused.
    private const int MaxCharacters = 512;

    // The purposes keep one from being read as the other, or as anything else that is protected with the same keys; the version changes with the layout.
    private readonly IDataProtector _access = protection.CreateProtector("FaceAttendance.UserAccess", "v1");
    private readonly IDataProtector _refresh = protection.CreateProtector("FaceAttendance.UserRefresh", "v1");

    public string Issue(TokenUse use, UserGrant grant, DateTimeOffset expiresAt)
    {
        var plain = new byte[Length];
        grant.School.Value.TryWriteBytes(plain);
        grant.User.Value.TryWriteBytes(plain.AsSpan(16));
        grant.Stamp.TryWriteBytes(plain.AsSpan(32));
        BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(48), expiresAt.ToUnixTimeMilliseconds());
        return WebEncoders.Base64UrlEncode(ProtectorOf(use).Protect(plain));
    }

    public UserGrant? Read(TokenUse use, string token, DateTimeOffset now)
    {
        if (token.Length is 0 or > MaxCharacters) return null;
        byte[] plain;
        try
        {
            plain = ProtectorOf(use).Unprotect(WebEncoders.Base64UrlDecode(token));
        }
        // Whatever a client may send in place of a token ends here; the library has no way to ask first.
        catch (Exception forged) when (forged is CryptographicException or FormatException)
        {
            return null;
        }
        return now.ToUnixTimeMilliseconds() < BinaryPrimitives.ReadInt64LittleEndian(plain.AsSpan(48))
            ? new(new(new Guid(plain.AsSpan(0, 16))), new(new Guid(plain.AsSpan(16, 16))), new Guid(plain.AsSpan(32, 16)))
            : null;
    }

    private IDataProtector ProtectorOf(TokenUse use) => use switch { TokenUse.Access => _access, TokenUse.Refresh => _refresh };
}
