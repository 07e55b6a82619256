using System.Text.Json;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Cameras;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>A part of the picture, in shares of its width and height.</summary>
internal sealed record CameraRegion(double Left, double Top, double Width, double Height) : IJsonBody<CameraRegion>
{
    public static CameraRegion Read(JsonFields fields) => new(
        fields.RequiredNumber("left"), fields.RequiredNumber("top"), fields.RequiredNumber("width"), fields.RequiredNumber("height"));
}

/// <summary>When a camera is looked through, by the clock at the school.</summary>
internal sealed record CameraTimes(IReadOnlyList<DayOfWeek> Weekdays, TimeOnly From, TimeOnly To) : IJsonBody<CameraTimes>
{
    public static CameraTimes Read(JsonFields fields)
    {
        if (fields.Optional("weekdays") is null) fields.Fault("weekdays", "Field required", "missing", 0);
        var weekdays = fields.Texts("weekdays") ?? [];
        return new(
            [.. weekdays.Select(word => fields.Word<DayOfWeek>("weekdays", word))], fields.RequiredTime("from"), fields.RequiredTime("to"));
    }
}

/// <summary>A camera that the server looks through, and how it goes with it.</summary>
/// <param name="Source">Without credentials: what may hold some reads ***.</param>
/// <param name="HasCredentials">Whether a user or a password is kept for it.</param>
/// <param name="DeviceId">What its frames are said to come from.</param>
/// <param name="Hours">When it is looked through; null for always.</param>
/// <param name="Region">Where the middle of a face must lie; null for anywhere.</param>
/// <param name="MinFacePx">Least height of a face in pixels of the frame; null for whatever is found.</param>
/// <param name="FramesPerSecond">How many are looked at, at most.</param>
/// <param name="StateReason">Why it waits.</param>
/// <param name="Since">When the state began.</param>
/// <param name="MeasuredFramesPerSecond">As they come, over the last seconds.</param>
/// <param name="FramesTaken">Frames that were looked at since the process that does so began.</param>
/// <param name="FramesDropped">Frames in whose place a newer one was taken, and such as came while the server was busy.</param>
internal sealed record CameraAnswer(
    Guid Id, string Name, string Source, bool HasCredentials, string DeviceId, string? LocationId, string? ClassId,
    CameraTimes? Hours, CameraRegion? Region, int? MinFacePx, CameraDirection Direction, double FramesPerSecond, bool Enabled,
    CameraState State, string? StateReason, DateTimeOffset? Since, double MeasuredFramesPerSecond,
    long FramesTaken, long FramesDropped, DateTimeOffset? LastFrameAt, string? LastError, DateTimeOffset? LastErrorAt)
{
    public static CameraAnswer Of(WatchedCamera watched)
    {
        var (camera, how) = watched;
        return new(
            camera.Id.Value, camera.Name, camera.Source.Shown, camera.Source is CameraSource.Network { HasCredentials: true },
            camera.DeviceId, camera.LocationId, camera.ClassId, camera.Hours is { } h ? new(h.Weekdays, h.From, h.To) : null,
            camera.View.Region is { } r ? new(r.Left, r.Top, r.Width, r.Height) : null, camera.View.MinFacePixels, camera.Direction,
            camera.FramesPerSecond, camera.IsEnabled, how.State, how.Reason, how.Since?.ToUniversalTime(),
            Math.Round(how.FramesPerSecond, 1), how.Taken, how.Dropped, how.LastFrameAt?.ToUniversalTime(), how.LastError,
            how.LastErrorAt?.ToUniversalTime());
    }
}

/// <param name="Source">An address that begins with rtsp://, rtsps://, http:// or https://, a device such as /dev/video0, a video
/// file, or the word push: a client sends the frames over /hubs/cameras.</param>
/// <param name="User">Kept encrypted and never answered, as password; may stand in the address instead.</param>
/// <param name="LocationId">Passed on in events, as class_id.</param>
/// <param name="Hours">When it is looked through; always when absent.</param>
/// <param name="Region">Where the middle of a face must lie; anywhere when absent.</param>
/// <param name="MinFacePx">Least height of a face in pixels of the frame, which is at most 1280 wide; whatever is found when
/// absent.</param>
/// <param name="Direction">Which way people walk there; both when absent.</param>
/// <param name="FramesPerSecond">0.1 to 30; 5 when absent.</param>
/// <param name="Enabled">True when absent.</param>
internal sealed record CameraBody(
    string Name, string Source, string? User, string? Password, string DeviceId, string? LocationId, string? ClassId,
    CameraTimes? Hours, CameraRegion? Region, int? MinFacePx, CameraDirection? Direction, double? FramesPerSecond, bool? Enabled)
    : IJsonBody<CameraBody>
{
    public static CameraBody Read(JsonFields fields) => new(
        fields.RequiredText("name"), fields.RequiredText("source"), fields.OptionalText("user"), fields.OptionalText("password"),
        fields.RequiredText("device_id"), fields.OptionalText("location_id"), fields.OptionalText("class_id"),
        fields.OptionalObject<CameraTimes>("hours"), fields.OptionalObject<CameraRegion>("region"), ReadPixels(fields),
        fields.OptionalText("direction") is { } direction ? fields.Word<CameraDirection>("direction", direction) : null,
        fields.Number("frames_per_second", Camera.UsualFramesPerSecond), fields.Flag("enabled", absent: true));

    public Result<Camera> ToCamera(CameraId id)
    {
        var source = CameraSource.Create(Source, User, Password);
        if (source.Error is { } unknown) return unknown;
        CameraHours? hours = null;
        if (Hours is { } h)
        {
            var made = CameraHours.Create(h.Weekdays, h.From, h.To);
            if (made.Error is { } wrong) return wrong;
            hours = made.Value;
        }
        FrameRegion? region = null;
        if (Region is { } r)
        {
            var made = FrameRegion.Create(r.Left, r.Top, r.Width, r.Height);
            if (made.Error is { } wrong) return wrong;
            region = made.Value;
        }
        return new Camera(
            id, Name, source.Value, DeviceId, LocationId, ClassId, hours, new(region, MinFacePx), Direction ?? CameraDirection.Both,
            FramesPerSecond ?? Camera.UsualFramesPerSecond, Enabled ?? true);
    }

    public override string ToString() => "CameraBody(withheld)";

    private static int? ReadPixels(JsonFields fields)
    {
        if (fields.Optional("min_face_px") is not { } pixels) return null;
        return pixels.ValueKind == JsonValueKind.Number && pixels.TryGetInt32(out var number) ? number
            : fields.Fault<int?>("min_face_px", "Input should be a whole number", "int_type", null);
    }
}

/// <summary>/api/v1/cameras: what the server itself looks through.</summary>
internal static class CameraEndpoints
{
    private const string Request =
        """{"name":"Main gate","source":"rtsp://192.168.1.20/stream1","user":"viewer","password":"correct horse","device_id":"gate-1","location_id":"main-gate","class_id":null,"hours":{"weekdays":["monday","tuesday","wednesday","thursday","friday"],"from":"06:00","to":"16:00"},"region":{"left":0.1,"top":0.2,"width":0.8,"height":0.8},"min_face_px":60,"direction":"in","frames_per_second":5,"enabled":true}""";

    private const string Example =
        """{"id":"019a0000-0000-7000-8000-000000000000","name":"Main gate","source":"rtsp://192.168.1.20/stream1","has_credentials":true,"device_id":"gate-1","location_id":"main-gate","class_id":null,"hours":{"weekdays":["monday","tuesday","wednesday","thursday","friday"],"from":"06:00","to":"16:00"},"region":{"left":0.1,"top":0.2,"width":0.8,"height":0.8},"min_face_px":60,"direction":"in","frames_per_second":5,"enabled":true,"state":"live","state_reason":null,"since":"2026-01-05T00:00:00+00:00","measured_frames_per_second":5,"frames_taken":1800,"frames_dropped":12,"last_frame_at":"2026-01-05T00:06:00+00:00","last_error":null,"last_error_at":null}""";

    private const string NoSuchCamera = "No such camera";
    private const string Jpeg = "image/jpeg";

    public static void MapCameras(this IEndpointRouteBuilder app)
    {
        var cameras = app.MapGroup("/api/v1/cameras");
        cameras.MapGet("/", ListAsync).Needs(Scopes.Admin)
            .Describe("ListCameras", ApiGroup.Cameras, "The school's cameras",
                "By name, each with its state: connecting, live, waiting (state_reason says for what; it is tried again by itself), " +
                "off_hours or disabled.")
            .TakesPage()
            .Answers<Page<CameraAnswer>>(200, "The cameras", $$"""{"items":[{{Example}}],"total":1}""").AnswersUsualProblems();
        cameras.MapPost("/", AddAsync).Needs(Scopes.Admin)
            .Describe("AddCamera", ApiGroup.Cameras, "Add a camera",
                "One of the server's processes looks through it, and whom it recognises is recorded and told as of a frame that a " +
                "client posts to /recognize/realtime with this device_id. With the source push a client sends the frames over the " +
                "SignalR hub /hubs/cameras.")
            .TakesJson<CameraBody>(Request)
            .Answers<CameraAnswer>(201, "Added", Example)
            .AnswersProblem(400, "The source, hours or region cannot be understood", "camera.invalid_source")
            .AnswersProblem(409, "The device_id is another camera's, or there are too many", "camera.device_taken")
            .AnswersProblem(422, "The server may not look there", "camera.target_refused").AnswersUsualProblems();
        cameras.MapGet("/{id:guid}", FindAsync).Needs(Scopes.Admin)
            .Describe("GetCamera", ApiGroup.Cameras, "One camera and how it goes with it")
            .Answers<CameraAnswer>(200, "The camera", Example)
            .AnswersProblem(404, NoSuchCamera, "camera.not_found").AnswersUsualProblems();
        cameras.MapPut("/{id:guid}", ReplaceAsync).Needs(Scopes.Admin)
            .Describe("ReplaceCamera", ApiGroup.Cameras, "Replace a camera",
                "The source may be given as it was answered. A user and a password that are not given stay while the source stays at the " +
                "same machine and port.")
            .TakesJson<CameraBody>(Request)
            .Answers<CameraAnswer>(200, "Replaced", Example)
            .AnswersProblem(400, "The source, hours or region cannot be understood", "camera.invalid_source")
            .AnswersProblem(404, NoSuchCamera, "camera.not_found")
            .AnswersProblem(409, "The device_id is another camera's", "camera.device_taken")
            .AnswersProblem(422, "The server may not look there", "camera.target_refused").AnswersUsualProblems();
        cameras.MapDelete("/{id:guid}", RemoveAsync).Needs(Scopes.Admin)
            .Describe("RemoveCamera", ApiGroup.Cameras, "Remove a camera")
            .Answers(204, "Removed").AnswersProblem(404, NoSuchCamera, "camera.not_found").AnswersUsualProblems();
        cameras.MapGet("/{id:guid}/still", StillAsync).Needs(Scopes.Admin)
            .Describe("GetCameraStill", ApiGroup.Cameras, "What a camera shows at this moment",
                "The newest frame, of the last seconds. It is kept nowhere; who looks is written into the audit log.")
            .AnswersFile(200, "The frame", Jpeg)
            .AnswersProblem(404, "No such camera, or no frame", "camera.no_still").AnswersUsualProblems();
    }

    private static async Task<Results<Ok<Page<CameraAnswer>>, ProblemAnswer>> ListAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var (limit, offset) = fields.Page();
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListCameras(http.School(), limit, offset), ct);
        return listed.ToOk(page => Pages.Of(page.Items, page.Total, CameraAnswer.Of));
    }

    private static async Task<Results<Created<CameraAnswer>, ProblemAnswer>> AddAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await ReadAsync(CameraId.New(), http, ct);
        if (read.Error is { } faulty) return faulty.ToProblem();
        return (await mediator.Send(new AddCamera(http.School(), read.Value), ct))
            .ToCreated(CameraAnswer.Of, made => $"/api/v1/cameras/{made.Camera.Id}");
    }

    private static async Task<Results<Ok<CameraAnswer>, ProblemAnswer>> FindAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new GetCamera(http.School(), new(id)), ct)).ToOk(CameraAnswer.Of);

    private static async Task<Results<Ok<CameraAnswer>, ProblemAnswer>> ReplaceAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await ReadAsync(new(id), http, ct);
        if (read.Error is { } faulty) return faulty.ToProblem();
        return (await mediator.Send(new ReplaceCamera(http.School(), read.Value), ct)).ToOk(CameraAnswer.Of);
    }

    private static async Task<Results<NoContent, ProblemAnswer>> RemoveAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new RemoveCamera(http.School(), new(id)), ct)).ToNoContent();

    private static async Task<Results<FileContentHttpResult, ProblemAnswer>> StillAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var still = await mediator.Send(new GetCameraStill(http.School(), new(id), http.CallerName()), ct);
        return still.Match<Results<FileContentHttpResult, ProblemAnswer>>(
            newest => TypedResults.Bytes(newest.Jpeg, Jpeg), error => error.ToProblem());
    }

    private static async Task<Result<Camera>> ReadAsync(CameraId id, HttpContext http, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<CameraBody>(http.Request, ct);
        return read.Error is { } unreadable ? unreadable : read.Value.ToCamera(id);
    }
}
