using System.Buffers.Binary;
using System.Text;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Liveness;

/// <summary>Result tokens, encrypted and authenticated with the server's own key for them, which all processes share.
/// Thread-safe.</summary>
internal sealed class LivenessTokens(ServerSecrets secrets, IOptions<LivenessOptions> options) : ILivenessTokens
{
    // school 16, session 16, passed and expires in Unix milliseconds 8 each, whether PAD was asked 1; then the student id in ASCII.
    private const int FixedLength = 16 + 16 + 8 + 8 + 1;

    // The processes' clocks may differ by so much.
    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(1);

    // The version changes with the layout.
    private static readonly byte[] Bound = "faceattendance/liveness-result/2"u8.ToArray();

    public string Issue(LivenessGrant grant)
    {
        var plain = new byte[FixedLength + grant.Student.Value.Length];
        grant.School.Value.TryWriteBytes(plain);
        grant.Session.Value.TryWriteBytes(plain.AsSpan(16));
        BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(32), grant.PassedAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(40), grant.ExpiresAt.ToUnixTimeMilliseconds());
        plain[48] = grant.PadAsked ? (byte)1 : (byte)0;
        Encoding.ASCII.GetBytes(grant.Student.Value, plain.AsSpan(FixedLength));
        return SealedText.Encode(secrets.Seal(SecretUse.LivenessResults, plain, Bound));
    }

    public Result<LivenessGrant> Read(SchoolId school, string token, DateTimeOffset now)
    {
        if (Decode(token) is not { } grant || grant.School != school) return LivenessErrors.TokenInvalid;
        if (now >= grant.ExpiresAt) return LivenessErrors.TokenExpired;
        // One that claims to live longer than any that is made here was not made here.
        var longest = options.Value.TokenLifetime;
        return grant.ExpiresAt - grant.PassedAt > longest || grant.ExpiresAt - now > longest + Leeway ? LivenessErrors.TokenInvalid : grant;
    }

    private LivenessGrant? Decode(string token)
    {
        if (SealedText.Decode(token) is not { } stored
            || secrets.Open(SecretUse.LivenessResults, stored, Bound) is not { Length: >= FixedLength } plain) return null;
        return new(
            new(new Guid(plain.AsSpan(0, 16))), new(Encoding.ASCII.GetString(plain.AsSpan(FixedLength))),
            new(new Guid(plain.AsSpan(16, 16))),
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(plain.AsSpan(32))),
            DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(plain.AsSpan(40))), plain[48] == 1);
    }
}
