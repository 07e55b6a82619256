using System.Globalization;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Privacy;

/// <param name="Name">The class of data.</param>
/// <param name="Days">How long it is kept; 0 for ever.</param>
/// <param name="Rows">What a run would remove now, or has removed.</param>
public sealed record RetentionClass(string Name, int Days, long Rows);

/// <summary>Data whose time is over.</summary>
public interface IRetention
{
    /// <summary>A dry run: what a run would remove now.</summary>
    Task<IReadOnlyList<RetentionClass>> PreviewAsync(SchoolId school, CancellationToken ct);

    /// <summary>Removes it, in batches. Fails with <see cref="RetentionErrors.ClocksDiffer"/>.</summary>
    Task<Result<IReadOnlyList<RetentionClass>>> RunAsync(SchoolId school, CancellationToken ct);
}

public static class RetentionErrors
{
    /// <param name="ahead">By how much the server's clock is ahead of the database's.</param>
    public static Error ClocksDiffer(TimeSpan ahead) => new(
        "retention.clocks_differ",
        string.Create(
            CultureInfo.InvariantCulture,
            $"The server's clock is {ahead.Duration().TotalMinutes:0} minutes {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the database's. Nothing is removed for its age until they agree; set both by a time server."),
        ErrorKind.Conflict);
}

public sealed record PreviewRetention(SchoolId School) : IRequest<Result<IReadOnlyList<RetentionClass>>>;

public sealed record RunRetention(SchoolId School) : IRequest<Result<IReadOnlyList<RetentionClass>>>;

internal sealed class RetentionHandler(IRetention retention) :
    IRequestHandler<PreviewRetention, Result<IReadOnlyList<RetentionClass>>>,
    IRequestHandler<RunRetention, Result<IReadOnlyList<RetentionClass>>>
{
    public async Task<Result<IReadOnlyList<RetentionClass>>> Handle(PreviewRetention query, CancellationToken ct) =>
        Result<IReadOnlyList<RetentionClass>>.Ok(await retention.PreviewAsync(query.School, ct));

    public async Task<Result<IReadOnlyList<RetentionClass>>> Handle(RunRetention command, CancellationToken ct) =>
        await retention.RunAsync(command.School, ct);
}
