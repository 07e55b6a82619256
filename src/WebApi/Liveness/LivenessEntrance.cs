using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.Security;
using MediatR;

namespace FaceAttendance.WebApi.Liveness;

/// <summary>Why no session began, in the clients' words.</summary>
internal sealed record LivenessRefusal(string Text, Error? Error)
{
    public LivenessMessage Message => new(IsVerdict: true, AsksAnew: false, LivenessMessage.Write(Text, null, null, Error, 0));
}

/// <summary>The one way into a session, whatever carries it: who may begin one, and for whom.</summary>
internal sealed class LivenessEntrance(TimeProvider clock, ILogger<LivenessConversation> logger)
{
    /// <param name="http">Of the request that the transport came with.</param>
    /// <param name="mediator">Lives as long as the conversation.</param>
    /// <param name="user">The student's id, as the client gave it; of a student's own account its name too.</param>
    /// <returns>A conversation, or why there is none.</returns>
    public async Task<(LivenessConversation? Conversation, LivenessRefusal? Refusal)> EnterAsync(
        HttpContext http, IMediator mediator, string? user, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(user)) return (null, new(LivenessWire.MissingUserId, null));
        if (StudentOf(http, user) is not { } student) return (null, new(LivenessWire.FaceNotRegistered, null));
        var school = http.School();
        if (!http.MayActFor(student)) return (null, new(LivenessWire.ForbiddenUserId, AccessErrors.OtherStudent));

        var started = await StartAsync(mediator, new StartLiveness(school, student, TrierOf(http)), ct);
        if (started.Error is { } error)
        {
            var text = error.Code == LivenessErrors.NotEnrolled.Code ? LivenessWire.FaceNotRegistered
                : error.RetryAfter is not null && error.Kind == ErrorKind.Rejected ? LivenessWire.TooManyAttempts
                : LivenessWire.InternalError;
            return (null, new(text, error));
        }
        return (new(mediator, school, student, started.Value, clock, logger), null);
    }

    private static async Task<Result<LivenessAnswer>> StartAsync(IMediator mediator, StartLiveness command, CancellationToken ct)
    {
        try
        {
            return await mediator.Send(command, ct);
        }
        catch (Exception e) when (ErrorMapping.Foreseen(e) is { } error)
        {
            return error;
        }
    }

    private static LivenessTrier TrierOf(HttpContext http) => 
        http.ShowsNothing() ? LivenessTrier.Anybody : http.OwnStudent() is null ? LivenessTrier.Caller : LivenessTrier.Student;

    // Existing clients know a person by the id of the log-in, which is the account's name here.
    private static StudentId? StudentOf(HttpContext http, string user) =>
        http.OwnStudent() is { } own && string.Equals(user, http.User.Identity?.Name, StringComparison.OrdinalIgnoreCase) ? own
        : StudentId.IsValid(user) ? new StudentId(user)
        : null;
}
