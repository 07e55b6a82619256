using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>A page of a report, or all of it.</summary>
/// <param name="Limit">Null for all.</param>
public sealed record GetAttendanceReport(SchoolId School, ReportQuery Query, int? Limit, int Offset) : IRequest<Result<AttendanceReport>>;

internal sealed class GetAttendanceReportValidator : AbstractValidator<GetAttendanceReport>
{
    // A school year and some weeks.
    private const int MaxDays = 400;

    public GetAttendanceReportValidator() =>
        RuleFor(c => c.Query).Must(q => q.To >= q.From && q.To.DayNumber - q.From.DayNumber < MaxDays).OverridePropertyName("to")
            .WithMessage($"to must not be before from, nor {MaxDays} days or more after it.");
}

internal sealed class GetAttendanceReportHandler(IAttendanceReports reports)
    : IRequestHandler<GetAttendanceReport, Result<AttendanceReport>>
{
    public async Task<Result<AttendanceReport>> Handle(GetAttendanceReport query, CancellationToken ct) =>
        await reports.ReadAsync(query.School, query.Query, query.Limit ?? int.MaxValue, query.Offset, ct);
}
