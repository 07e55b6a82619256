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

/// <summary>What is said of a lesson or a day.</summary>
public interface IAnnouncedSession
{
    string Name { get; }

    IReadOnlyList<StudentId> Roster { get; }
}

/// <summary>Announces a lesson or a day and who is expected.</summary>
public sealed record AddClassSession(SchoolId School, string Name, ClassWindow Window, IReadOnlyList<StudentId> Roster)
    : IRequest<Result<ClassSession>>, IAnnouncedSession;

/// <summary>Announces one anew: name, window and roster as a whole.</summary>
public sealed record ReplaceClassSession(SchoolId School, ClassSessionId Id, string Name, ClassWindow Window, IReadOnlyList<StudentId> Roster)
    : IRequest<Result<ClassSession>>, IAnnouncedSession;

/// <summary>A class session with the attendance of everybody on its roster.</summary>
public sealed record GetClassSession(SchoolId School, ClassSessionId Id) : IRequest<Result<ClassSessionView>>;

public sealed record ClassSessionView(ClassSession Session, IReadOnlyList<RosterEntry> Entries);

/// <summary>Sessions that start within the span, earliest first.</summary>
public sealed record ListClassSessions(SchoolId School, DateTimeOffset From, DateTimeOffset To, int Limit) : IRequest<Result<IReadOnlyList<ClassSession>>>;

public sealed record RemoveClassSession(SchoolId School, ClassSessionId Id) : IRequest<Result<Done>>;

/// <summary>A person marks a student present, late or absent.</summary>
/// <param name="At">Null means now.</param>
/// <param name="IdempotencyKey">Null makes every request a new one.</param>
public sealed record MarkAttendance(
    SchoolId School, StudentId Student, ClassSessionId? Session, AttendanceStatus Status, DateTimeOffset? At, string Reason, string? IdempotencyKey = null,
    RecordId? Replaces = null)
    : IRequest<Result<AttendanceRecord>>
{
    public override string ToString() => $"MarkAttendance({Student})";
}

internal abstract class AnnouncedSessionValidator<T> : AbstractValidator<T> where T : IAnnouncedSession
{
    protected AnnouncedSessionValidator()
    {
        RuleFor(c => c.Name).Must(n => !string.IsNullOrWhiteSpace(n) && n.Length <= ClassSession.MaxNameLength && !n.Any(char.IsControl))
            .OverridePropertyName("name").WithMessage($"name must have 1 to {ClassSession.MaxNameLength} characters and no control characters.");
        RuleFor(c => c.Roster.Count).LessThanOrEqualTo(ClassSession.MaxRoster).OverridePropertyName("roster")
            .WithMessage($"A roster has at most {ClassSession.MaxRoster} students.");
    }
}

internal sealed class AddClassSessionValidator : AnnouncedSessionValidator<AddClassSession>;

internal sealed class ReplaceClassSessionValidator : AnnouncedSessionValidator<ReplaceClassSession>;

internal sealed class MarkAttendanceValidator : AbstractValidator<MarkAttendance>
{
    // A mark may be entered for a lesson of last term, and never for one to come.
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(366);
    private static readonly TimeSpan MaxLead = TimeSpan.FromMinutes(5);

    public MarkAttendanceValidator(TimeProvider clock)
    {
        RuleFor(c => c.Reason).Must(r => !string.IsNullOrWhiteSpace(r) && r.Length <= 500 && !r.Any(char.IsControl)).OverridePropertyName("reason")
            .WithMessage("reason must have 1 to 500 characters and no control characters.");
        RuleFor(c => c.At).Must(at => at is not { } t || (t >= clock.GetUtcNow() - MaxAge && t <= clock.GetUtcNow() + MaxLead)).OverridePropertyName("at")
            .WithMessage("at must lie within the last year and not in the future.");
        RuleFor(c => c.IdempotencyKey).ChosenKey();
    }
}

internal sealed class ClassSessionCommandsHandler(IClassSessions sessions, IManualMarks marks, IEventDelivery delivery, TimeProvider clock) :
    IRequestHandler<AddClassSession, Result<ClassSession>>,
    IRequestHandler<ReplaceClassSession, Result<ClassSession>>,
    IRequestHandler<GetClassSession, Result<ClassSessionView>>,
    IRequestHandler<ListClassSessions, Result<IReadOnlyList<ClassSession>>>,
    IRequestHandler<RemoveClassSession, Result<Done>>,
    IRequestHandler<MarkAttendance, Result<AttendanceRecord>>
{
    public Task<Result<ClassSession>> Handle(AddClassSession command, CancellationToken ct) =>
        sessions.AddAsync(command.School, new(ClassSessionId.New(), command.Name, command.Window, RosterOf(command), null), ct);

    public Task<Result<ClassSession>> Handle(ReplaceClassSession command, CancellationToken ct) =>
        sessions.ReplaceAsync(command.School, new(command.Id, command.Name, command.Window, RosterOf(command), null), ct);

    private static StudentId[] RosterOf(IAnnouncedSession announced) =>
        [.. announced.Roster.DistinctBy(s => s.Value).OrderBy(s => s.Value, StringComparer.Ordinal)];

    public async Task<Result<ClassSessionView>> Handle(GetClassSession query, CancellationToken ct) =>
        await sessions.FindAsync(query.School, query.Id, ct) is { } session
            ? new ClassSessionView(session, await sessions.ListRosterAsync(query.School, query.Id, ct))
            : ClassSessionErrors.NotFound;

    public async Task<Result<IReadOnlyList<ClassSession>>> Handle(ListClassSessions query, CancellationToken ct) =>
        Result<IReadOnlyList<ClassSession>>.Ok(await sessions.ListAsync(query.School, query.From, query.To, query.Limit, ct));

    public Task<Result<Done>> Handle(RemoveClassSession command, CancellationToken ct) => sessions.RemoveAsync(command.School, command.Id, ct);

    public Task<Result<AttendanceRecord>> Handle(MarkAttendance command, CancellationToken ct) => marks.MarkAsync(
        new(
            command.School, command.Student, command.Session, command.Status, command.At ?? clock.GetUtcNow(), command.Reason.Trim(),
            command.IdempotencyKey is { } key ? new IdempotencyKey(key, DigestOf(command)) : null, command.Replaces),
        delivery.IsEnabledFor(command.School, EventTypes.Marked), ct);

    /// <summary>Over every part of the request in a fixed order and form; the first part keeps it apart from a check-in's.</summary>
    private static byte[] DigestOf(MarkAttendance command) => SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new object?[]
    {
        nameof(MarkAttendance), command.Student.Value, command.Session?.Value, command.Status.ToString(), command.At?.UtcTicks, command.Reason, command.Replaces?.Value,
    }));
}
