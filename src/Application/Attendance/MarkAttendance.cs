using System.Security.Cryptography;
using System.Text.Json;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>A person says how a student stands to a lesson or a day.</summary>
/// <param name="At">Null means now.</param>
/// <param name="IdempotencyKey">Null makes every request a new one.</param>
public sealed record MarkAttendance(
    SchoolId School, StudentId Student, ClassSessionId? Session, AttendanceStatus Status, DateTimeOffset? At, string Reason,
    string? IdempotencyKey = null, RecordId? Replaces = null)
    : IRequest<Result<AttendanceRecord>>
{
    public override string ToString() => $"MarkAttendance({Student})";
}

internal sealed class MarkAttendanceValidator : AbstractValidator<MarkAttendance>
{
    // A mark may be entered for a lesson of last term, and never for one to come.
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(366);
    private static readonly TimeSpan MaxLead = TimeSpan.FromMinutes(5);

    public MarkAttendanceValidator(TimeProvider clock)
    {
        RuleFor(c => c.Reason).GivenReason();
        RuleFor(c => c.At).Must(at => at is not { } t || (t >= clock.GetUtcNow() - MaxAge && t <= clock.GetUtcNow() + MaxLead))
            .OverridePropertyName("at")
            .WithMessage("at must lie within the last year and not in the future.");
        RuleFor(c => c.IdempotencyKey).ChosenKey();
    }
}

internal static class ReasonRules
{
    public static void GivenReason<T>(this IRuleBuilder<T, string> reason) => reason
        .Must(r => !string.IsNullOrWhiteSpace(r) && r.Length <= 500 && !r.Any(char.IsControl))
        .OverridePropertyName("reason")
        .WithMessage("reason must have 1 to 500 characters and no control characters.");
}

internal sealed class MarkAttendanceHandler(IManualMarks marks, IAttendanceFeed feed, TimeProvider clock)
    : IRequestHandler<MarkAttendance, Result<AttendanceRecord>>
{
    public async Task<Result<AttendanceRecord>> Handle(MarkAttendance command, CancellationToken ct)
    {
        var marked = await marks.MarkAsync(
            new(
                command.School, command.Student, command.Session, command.Status, command.At ?? clock.GetUtcNow(), command.Reason.Trim(),
                command.IdempotencyKey is { } key ? new IdempotencyKey(key, DigestOf(command)) : null, command.Replaces),
            ct);
        if (marked.IsSuccess) feed.Publish(new AttendanceChanged(command.School, EventTypes.Marked, marked.Value.Id));
        return marked;
    }

    /// <summary>Over every part of the request in a fixed order and form; the first part keeps it apart from a check-in's.</summary>
    private static byte[] DigestOf(MarkAttendance command) => SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new object?[]
    {
        nameof(MarkAttendance), command.Student.Value, command.Session?.Value, command.Status.ToString(), command.At?.UtcTicks,
        command.Reason, command.Replaces?.Value,
    }));
}
