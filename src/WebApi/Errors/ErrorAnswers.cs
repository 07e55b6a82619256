using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Operations;
using Microsoft.AspNetCore.Diagnostics;

namespace FaceAttendance.WebApi.Errors;

/// <summary>Puts <see cref="ErrorMapping"/> behind everything that ends without an answer of its own.</summary>
internal static class ErrorAnswers
{
    public static void AddErrorAnswers(this IServiceCollection services)
    {
        services.AddProblemDetails(); // The handler middleware does not start without something to fall back on.
        services.AddExceptionHandler<LastResort>();
    }

    public static void UseErrorAnswers(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages(context =>
            ErrorMapping.ToAnswer(context.HttpContext.Response.StatusCode, context.HttpContext).ExecuteAsync(context.HttpContext));
    }
}

/// <summary>Answers for exceptions. The foreseen ones are no event for the log; of a bug it keeps the stack.</summary>
internal sealed partial class LastResort(ServerState vitals, ILogger<LastResort> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var answer = exception.ToAnswer(httpContext, out var isForeseen);
        if (!isForeseen) Log.Unforeseen(logger, exception);
        if (DatabaseFailures.IsExhausted(exception) && vitals.NoteExhaustion()) Log.Exhausted(logger, exception.Message);
        await answer.ExecuteAsync(httpContext);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(1802, LogLevel.Error,
            "The database has no disk, memory or connection to spare; requests that need it are answered 503 ({Reason}).")]
        public static partial void Exhausted(ILogger logger, string reason);

        [LoggerMessage(1800, LogLevel.Error, "A request failed on an unforeseen error.")]
        public static partial void Unforeseen(ILogger logger, Exception exception);
    }
}
