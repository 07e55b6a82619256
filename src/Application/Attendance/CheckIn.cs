using System.Security.Cryptography;
using System.Text.Json;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Presence;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Attendance;

/// <summary>A student says: I am here, alive, now.</summary>
/// <param name="LivenessToken">As a passed liveness session gave it out.</param>
/// <param name="IdempotencyKey">Null makes every request a new one.</param>
public sealed record CheckIn(
    SchoolId School, StudentId Student, string LivenessToken, LocationFix Fix, ClassSessionId? Session, string? IdempotencyKey)
    : IRequest<Result<CheckInAnswer>>
{
    public override string ToString() => $"CheckIn({Student})";
}

internal sealed class CheckInValidator : AbstractValidator<CheckIn>
{
    public CheckInValidator()
    {
        RuleFor(c => c.Fix.AccuracyMeters).Must(a => a is >= 0 and < double.PositiveInfinity).OverridePropertyName("accuracy_m")
            .WithMessage("accuracy_m must be 0 or more metres.");
        RuleFor(c => c.Fix.DeviceId).Must(d => d.Length is > 0 and <= 64 && !d.Any(char.IsControl)).OverridePropertyName("device_id")
            .WithMessage("device_id must have 1 to 64 characters and no control characters.");
        RuleFor(c => c.IdempotencyKey).ChosenKey();
    }
}

internal sealed class CheckInHandler(
    ICheckIns checkIns, ILivenessTokens tokens, IAttendanceFeed feed, IOptions<PresenceOptions> options, TimeProvider clock)
    : IRequestHandler<CheckIn, Result<CheckInAnswer>>
{
    public async Task<Result<CheckInAnswer>> Handle(CheckIn command, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var (proof, session) = Read(command, now);
        var key = command.IdempotencyKey is { } given ? new IdempotencyKey(given, DigestOf(command)) : null;
        var claim = new CheckInClaim(command.School, command.Student, proof, session, command.Fix, command.Session, key, now);
        var rules = new CheckInRules(options.Value.ToFencePolicy(), options.Value.ToEvidence());
        var decided = await checkIns.DecideAsync(claim, facts => claim.Conclude(facts, rules.Decide(facts)), ct);
        if (decided.IsSuccess) AttendanceMetrics.Decided(decided.Value);
        if (decided is { IsSuccess: true, Value.Record: { } record })
            feed.Publish(new AttendanceChanged(command.School, EventTypes.CheckedIn, record));
        return decided;
    }

    private (LivenessProof Proof, (Guid Id, DateTimeOffset ExpiresAt)? Session) Read(CheckIn command, DateTimeOffset now)
    {
        var read = tokens.Read(command.School, command.LivenessToken, now);
        if (read.Error is { } error) return (error == LivenessErrors.TokenExpired ? LivenessProof.Expired : LivenessProof.Invalid, null);
        return read.Value.Student == command.Student
            ? (LivenessProof.Valid, (read.Value.Session.Value, read.Value.ExpiresAt))
            : (LivenessProof.OtherStudent, null);
    }

    /// <summary>Over every part of the request in a fixed order and form.</summary>
    private static byte[] DigestOf(CheckIn command) => SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new object?[]
    {
        command.Student.Value, command.LivenessToken, command.Fix.Place.Latitude, command.Fix.Place.Longitude, command.Fix.AccuracyMeters,
        command.Fix.CapturedAt.UtcTicks, command.Fix.DeviceId, command.Fix.Mocked, command.Session?.Value,
    }));
}
