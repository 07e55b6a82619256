using FaceAttendance.Application.Access;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;

namespace FaceAttendance.WebApi.Live;

/// <summary>Why no session began, in the clients' words.</summary>
internal sealed record LivenessRefusal(string Text, Error? Error)
{
    public LivenessMessage Message => new(IsVerdict: true, AsksAnew: false, LivenessMessage.Write(Text, null, null, Error, 0));
}

/// <summary>What a client sends to begin a session, as it came.</summary>
/// <param name="User">The student's id; of an account its name or number too.</param>
/// <param name="Mirrored">As <see cref="LivenessClient.Parse"/> reads it.</param>
/// <param name="Actions">Likewise.</param>
internal readonly record struct LivenessStart(string? User, string? Mirrored, string? Actions);

/// <summary>The one way into a session, whatever carries it: who may begin one, and for whom.</summary>
internal sealed class LivenessEntrance(
    LivenessSessions sessions, INamedStudents students, TimeProvider clock, ILogger<LivenessConversation> logger)
{
    /// <param name="http">Of the request that the transport came with.</param>
    /// <returns>A conversation, or why there is none.</returns>
    public async Task<(LivenessConversation? Conversation, LivenessRefusal? Refusal)> EnterAsync(
        HttpContext http, LivenessStart start, CancellationToken ct)
    {
        var user = start.User;
        if (string.IsNullOrWhiteSpace(user)) return (null, new(LivenessWire.MissingUserId, null));
        var client = LivenessClient.Parse(start.Mirrored, start.Actions);
        if (client.Error is { } unreadable) return (null, new(LivenessWire.InvalidOption, unreadable));
        var named = await StudentOfAsync(http, user, ct);
        // Nobody of that name has a face either: refused, and counted, as a student without one.
        var isNobody = named.Error is { Kind: ErrorKind.NotFound } && StudentId.IsValid(user);
        if (named.Error is { } unknown && !isNobody)
        {
            return (null, new(unknown.Kind == ErrorKind.NotFound ? LivenessWire.FaceNotRegistered : LivenessWire.InternalError, null));
        }
        var (school, student) = (http.School(), isNobody ? new StudentId(user) : named.Value);
        if (!http.MayActFor(student)) return (null, new(LivenessWire.ForbiddenUserId, AccessErrors.OtherStudent));

        var started = await ForeseeAsync(() => sessions.StartAsync(school, student, TrierOf(http), client.Value, ct));
        if (started.Error is { } error)
        {
            var text = error.Code == LivenessErrors.NotEnrolled.Code ? LivenessWire.FaceNotRegistered
                : error.RetryAfter is not null && error.Kind == ErrorKind.Rejected ? LivenessWire.TooManyAttempts
                : LivenessWire.InternalError;
            return (null, new(text, error));
        }
        return (new(sessions, school, student, started.Value, clock, logger), null);
    }

    private static async Task<Result<T>> ForeseeAsync<T>(Func<Task<Result<T>>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (ErrorMapping.Foreseen(e) is { } error)
        {
            return error;
        }
    }

    private static LivenessTrier TrierOf(HttpContext http) =>
        http.ShowsNothing() ? LivenessTrier.Anybody : http.OwnStudent() is null ? LivenessTrier.Caller : LivenessTrier.Student;

    // Existing clients know a person by the number of the log-in. A student's own name and number come before another student's id.
    private async Task<Result<StudentId>> StudentOfAsync(HttpContext http, string user, CancellationToken ct)
    {
        if (http.OwnStudent() is not { } own)
        {
            return await ForeseeAsync<StudentId>(
                async () => await students.FindAsync(http.School(), user, ct) is { } found ? found : AccountErrors.NoStudent);
        }
        var isOwn = string.Equals(user, http.User.Identity?.Name, StringComparison.OrdinalIgnoreCase)
            || user == http.User.FindFirst(AccessRules.NumberClaim)?.Value;
        return isOwn ? own : StudentId.IsValid(user) ? new StudentId(user) : AccountErrors.NoStudent;
    }
}
