using System.Text.Json;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Secrets;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>Statements encrypted and authenticated with the server's own key for them, which all processes share. Thread-safe.</summary>
internal sealed class SightingStatements(ServerSecrets secrets) : ISightingStatements
{
    // The version changes with the layout.
    private static readonly byte[] Bound = "faceattendance/sighting/1"u8.ToArray();

    public string Issue(HeldSighting held) =>
        SealedText.Encode(secrets.Seal(SecretUse.Sightings, JsonSerializer.SerializeToUtf8Bytes(Statement.Of(held)), Bound));

    public Result<HeldSighting> Read(SchoolId school, string statement, DateTimeOffset now)
    {
        if (SealedText.Decode(statement) is not { } stored
            || secrets.Open(SecretUse.Sightings, stored, Bound) is not { } plain
            || JsonSerializer.Deserialize<Statement>(plain)!.ToHeld() is not { } held
            || held.Sighting.School != school) return SightingErrors.Invalid;
        return now >= held.ExpiresAt ? SightingErrors.Expired : held;
    }

    /// <summary>What is sealed, in types whose JSON stays the same. Times are Unix milliseconds, boxes top, right, bottom, left.</summary>
    private sealed record Statement(
        Guid Id, Guid School, string Student, long At, long Until, double Distance, float? Similarity, int[] Box, int[] Frame,
        string? Device, string? Location, string? Class, string? Session)
    {
        public static Statement Of(HeldSighting held)
        {
            var (seen, box, context) = (held.Sighting, held.Sighting.Box, held.Sighting.Context);
            return new(
                held.Id, seen.School.Value, seen.Label, seen.SeenAt.ToUnixTimeMilliseconds(), held.ExpiresAt.ToUnixTimeMilliseconds(),
                seen.Who.Distance, seen.Who.Similarity, [box.Top, box.Right, box.Bottom, box.Left], [seen.FrameWidth, seen.FrameHeight],
                context.DeviceId, context.LocationId, context.ClassId, context.SessionId);
        }

        public HeldSighting ToHeld() => new(
            Id,
            new(
                new(School), new Identification(new(Student), Similarity, Distance), DateTimeOffset.FromUnixTimeMilliseconds(At),
                new PixelBox(Box[0], Box[1], Box[2], Box[3]), Frame[0], Frame[1], new(Device, Location, Class, Session)),
            DateTimeOffset.FromUnixTimeMilliseconds(Until));

        public override string ToString() => "Statement(withheld)";
    }
}
