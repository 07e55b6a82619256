using FaceAttendance.Application.Events;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>A person says that a record bears a wrong name.</summary>
/// <param name="Student">Who it was; null for nobody whom the school knows.</param>
public sealed record CorrectAttendance(SchoolId School, RecordId Record, StudentId? Student, string Reason) : IRequest<Result<Correction>>
{
    public override string ToString() => $"CorrectAttendance({Record})";
}

internal sealed class CorrectAttendanceValidator : AbstractValidator<CorrectAttendance>
{
    public CorrectAttendanceValidator() => RuleFor(c => c.Reason).GivenReason();
}

internal sealed class CorrectAttendanceHandler(ICorrections corrections, IAttendanceFeed feed)
    : IRequestHandler<CorrectAttendance, Result<Correction>>
{
    public async Task<Result<Correction>> Handle(CorrectAttendance command, CancellationToken ct)
    {
        var corrected = await corrections.CorrectAsync(
            new(command.School, command.Record, command.Student, command.Reason.Trim()), ct);
        if (corrected.IsSuccess) feed.Publish(new AttendanceChanged(command.School, EventTypes.Corrected, command.Record));
        return corrected;
    }
}

/// <summary>The record counts again under the name that it bore.</summary>
public sealed record UndoCorrection(SchoolId School, RecordId Record) : IRequest<Result<Done>>;

internal sealed class UndoCorrectionHandler(ICorrections corrections, IAttendanceFeed feed)
    : IRequestHandler<UndoCorrection, Result<Done>>
{
    public async Task<Result<Done>> Handle(UndoCorrection command, CancellationToken ct)
    {
        var undone = await corrections.UndoAsync(command.School, command.Record, ct);
        if (undone.IsSuccess) feed.Publish(new AttendanceChanged(command.School, EventTypes.Corrected, command.Record));
        return undone;
    }
}
