using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Recognition;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.Contract;

/// <summary>POST /recognize and POST /recognize/realtime.</summary>
internal static class RecognitionEndpoints
{
    private const string Image = "A JPEG, PNG, WebP, AVIF or HEIC, at most 15 MiB.";

    public static void MapRecognition(this IEndpointRouteBuilder app)
    {
        app.MapPost("/recognize", RecognizeAsync).Needs(Scopes.Recognize)
            .Describe(
                "Recognize", ApiGroup.Recognition, "Who is in this picture",
                "Nothing is stored, announced or dispatched. `box` is top, right, bottom, left in pixels of the upright picture; " +
                "`distance` to the nearest student is on one scale for every model: 0 is identical, 0.45 the model's threshold, 1 " +
                "opposite, and 1 while nobody is enrolled.")
            .TakesFile("image", Image, isRequired: true).LooksAtAPicture(ErrorMapping.ToContract)
            .Answers<RecognizedAnswer>(
                200, "Every face, tallest first",
                """{"ok":true,"results":[{"box":[120,260,220,160],"label":"siswaA","distance":0.38}],"frame_info":{"w":640,"h":480}}""")
            .AnswersBadImage().AnswersBadFields().AnswersTooLarge().AnswersUnavailable();
        app.MapPost("/recognize/realtime", DispatchAsync).Needs(Scopes.Recognize)
            .Describe(
                "RecognizeAndDispatch", ApiGroup.Recognition, "Recognise a camera's frame and tell the school",
                "Each eligible face is recorded, delivered to the webhook and broadcast to live listeners. A face that is named and " +
                "fires no event has an item with the status skipped and the reason: cooldown_active (Ns left), or beyond min_conf.")
            .TakesFile("image", Image, isRequired: true).LooksAtAPicture(ErrorMapping.ToContract)
            .TakesQuery(
                "min_conf",
                "A maximum distance, despite its name, on the scale of `distance`: tightens what is dispatched. 0 leaves it at the " +
                "server's tolerance.", 0.0, 0)
            .TakesQuery("send_unknown", "Dispatch unknown faces too.", false)
            .TakesQuery<string>(
                "device_id", "Passed on in the event. At most 64 characters. A device's own key says it by itself, and no other.")
            .TakesQuery<string>("location_id", "Passed on in the event. At most 64 characters.")
            .TakesQuery<string>("class_id", "Passed on in the event. At most 64 characters.")
            .TakesQuery<string>("session_id", "Passed on in the event. At most 64 characters.")
            .Answers<DispatchedAnswer>(200, "Every face, and what became of each event",
                """{"ok":true,"results":[{"box":[120,260,220,160],"label":"siswaA","distance":0.38}],"dispatch":[{"label":"siswaA","report":{"status":"sent","http_status":200,"message":"{\"ok\":true}"}}],"webhook_enabled":true}""")
            .AnswersBadImage().AnswersBadFields().AnswersTooLarge().AnswersUnavailable();
    }

    private static async Task<IResult> RecognizeAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await UploadForm.ReadAsync(http.Request, fileField: "image", ct);
        if (read.Error is { } unreadable) return unreadable.ToContract();
        using var form = read.Value;
        var fields = new RequestFields(http.Request, form);
        var image = fields.RequiredFile("image");
        if (fields.Faults is { } faults) return ErrorMapping.ToContract(faults);

        var recognized = await mediator.Send(new RecognizeFrame(http.School(), image), ct);
        return recognized.Match(
            frame => Results.Json(
                new RecognizedAnswer(true, FaceAnswer.Of(frame), new FrameAnswer(frame.Width, frame.Height)),
                ContractJson.Wire.RecognizedAnswer),
            error => error.ToContract(fields));
    }

    private static async Task<IResult> DispatchAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await UploadForm.ReadAsync(http.Request, fileField: "image", ct);
        if (read.Error is { } unreadable) return unreadable.ToContract();
        using var form = read.Value;
        var fields = new RequestFields(http.Request, form);
        var image = fields.RequiredFile("image");
        var maxDistance = fields.Amount("min_conf", absent: 0);
        var sendUnknown = fields.Flag("send_unknown", absent: false, RequestFields.Query);
        var context = fields.SightingContext(http);
        if (fields.Faults is { } faults) return ErrorMapping.ToContract(faults);
        if (context.Error is { } foreign) return foreign.ToForbidden(http);

        var dispatched = await mediator.Send(
            new DispatchAttendance(http.School(), image, maxDistance, sendUnknown, context.Value), ct);
        return dispatched.Match(
            done => Results.Json(
                new DispatchedAnswer(
                    true, FaceAnswer.Of(done.Frame), [.. done.Dispatched.Select(d => new DispatchAnswer(d.Label, d.Report))],
                    done.WebhookEnabled),
                ContractJson.Wire.DispatchedAnswer),
            error => error.ToContract(fields));
    }
}
