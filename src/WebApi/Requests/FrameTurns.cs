using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.WebApi.Access;

namespace FaceAttendance.WebApi.Requests;

/// <summary>Marks a route that looks at a picture which it cannot do without.</summary>
/// <param name="Refuse">How the route says that there is no turn at the models.</param>
internal sealed record LooksAtPicture(Func<Error, IResult> Refuse);

/// <summary>
/// Refuses a picture for which there will be no turn at the models before its body is read: reading, parsing and judging it would take from
/// the pictures that are served.
/// </summary>
internal static class FrameTurns
{
    /// <param name="refuse">How the route says that there is no turn at the models.</param>
    public static RouteHandlerBuilder LooksAtAPicture(this RouteHandlerBuilder route, Func<Error, IResult> refuse) =>
        route.WithMetadata(new LooksAtPicture(refuse));

    /// <summary>After callers are known, for each has a share, and before anything that reads a body.</summary>
    public static void UseFrameTurns(this WebApplication app)
    {
        var turns = app.Services.GetRequiredService<IFrameTurns>();
        var clock = app.Services.GetRequiredService<TimeProvider>();
        var pace = new RefusalPace(RefusalPace.PerCoreAndSecond * Environment.ProcessorCount, clock);
        app.Use((http, next) =>
            http.GetEndpoint()?.Metadata.GetMetadata<LooksAtPicture>() is { } route ? LookAsync(http, route, next) : next(http));

        async Task LookAsync(HttpContext http, LooksAtPicture route, RequestDelegate next)
        {
            var kept = turns.Announce(http.School());
            if (kept.Error is { } busy)
            {
                if (pace.Next() is var wait && wait > TimeSpan.Zero)
                    await Task.Delay(wait, clock, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await route.Refuse(busy).ExecuteAsync(http);
                return;
            }
            using var place = kept.Value;
            await next(http);
        }
    }
}
