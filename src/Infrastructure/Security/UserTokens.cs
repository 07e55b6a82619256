using System.Buffers.Binary;
using FaceAttendance.Application.Accounts;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Security;

/// <summary>Users' tokens, encrypted and authenticated with the server's own key for them, which all processes share. Thread-safe.</summary>
internal sealed class UserTokens(ServerSecrets secrets, IOptions<AccountOptions> options) : IUserTokens
{
    // school 16, user 16, stamp 16, expires in Unix milliseconds 8.
    private const int Length = 16 + 16 + 16 + 8;

    // No token has more characters; what is longer need not be deciphered to be refused.
    private const int MaxCharacters = 512;

    // The processes' clocks may differ by so much.
    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(1);

    // What keeps one from being read as the other; the version changes with the layout.
    private static readonly byte[] Access = "faceattendance/user-access/2"u8.ToArray();
    private static readonly byte[] Refresh = "faceattendance/user-refresh/2"u8.ToArray();

    public string Issue(TokenUse use, UserGrant grant, DateTimeOffset expiresAt)
    {
        var plain = new byte[Length];
        grant.School.Value.TryWriteBytes(plain);
        grant.User.Value.TryWriteBytes(plain.AsSpan(16));
        grant.Stamp.TryWriteBytes(plain.AsSpan(32));
        BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(48), expiresAt.ToUnixTimeMilliseconds());
        return SealedText.Encode(secrets.Seal(SecretUse.UserTokens, plain, BoundOf(use)));
    }

    public UserGrant? Read(TokenUse use, string token, DateTimeOffset now)
    {
        if (token.Length is 0 or > MaxCharacters) return null;
        if (SealedText.Decode(token) is not { } stored || secrets.Open(SecretUse.UserTokens, stored, BoundOf(use)) is not { Length: Length } plain) return null;
        var expires = BinaryPrimitives.ReadInt64LittleEndian(plain.AsSpan(48));
        // One that claims to live longer than any that is made here was not made here.
        return expires > now.ToUnixTimeMilliseconds() && expires <= (now + LifetimeOf(use) + Leeway).ToUnixTimeMilliseconds()
            ? new(new(new Guid(plain.AsSpan(0, 16))), new(new Guid(plain.AsSpan(16, 16))), new Guid(plain.AsSpan(32, 16)))
            : null;
    }

    private TimeSpan LifetimeOf(TokenUse use) => use switch
    {
        TokenUse.Access => options.Value.AccessTokenLifetime,
        TokenUse.Refresh => options.Value.RefreshTokenLifetime,
    };

    private static byte[] BoundOf(TokenUse use) => use switch { TokenUse.Access => Access, TokenUse.Refresh => Refresh };
}
