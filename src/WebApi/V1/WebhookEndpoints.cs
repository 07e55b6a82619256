using System.Text.Json;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.V1;

/// <summary>/api/v1/webhooks: endpoints, their deliveries, tests and replays.</summary>
internal static class WebhookEndpoints
{
    private const string Id = "019a0000-0000-7000-8000-000000000000";
    private const double UsualOverlapHours = 24;

    private const string Request =
        """{"url":"https://school.example/hooks/attendance","description":"School register","events":["attendance.checked_in","attendance.marked"],"headers":{"X-Register":"7B"},"enabled":true}""";

    private const string Members =
        $$"""
        "id":"{{Id}}","url":"https://school.example/hooks/attendance","description":"School register","events":["attendance.checked_in","attendance.marked"],
        "header_names":["X-Register"],"enabled":true,"disabled_reason":null,"disabled_at":null,"failing_since":null,"previous_secret_until":null,"built_in":false,
        "created_at":"2026-01-05T00:00:00+00:00"
        """;

    private const string Endpoint = $$"""{ {{Members}} }""";
    private const string WithSecret = $$"""{ {{Members}},"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}""";

    private const string DeliveryMembers =
        $$"""
        "id":"{{Id}}","event_id":"{{Id}}","event":"attendance.marked","student_id":"siswaA","sequence":42,"status":"sent","attempts":2,
        "created_at":"2026-01-05T00:03:00+00:00","next_attempt_at":null,"settled_at":"2026-01-05T00:03:06+00:00","erased":false,"outcomes":[
        {"number":1,"at":"2026-01-05T00:03:00+00:00","latency_ms":31,"http_status":500,"message":"out of order"},
        {"number":2,"at":"2026-01-05T00:03:05+00:00","latency_ms":24,"http_status":200,"message":"{\"stored\":true}"}]
        """;

    private const string OneDelivery = $$"""{ {{DeliveryMembers}},"body":"{\"event\":\"attendance.marked\",\"student_id\":\"siswaA\"}"}""";

    private const string Rules =
        "The url is https:// and its host must lead to public addresses only; an operator may allow the school's own networks (WEBHOOK_ALLOW_PRIVATE, WEBHOOK_ALLOW_NETWORKS), where http:// is taken too. "
        + "events empty or absent means all. headers are sent with every delivery and never shown again.";

    private const string NoSuchEndpoint = "No such webhook endpoint";
    private const string NoSuchDelivery = "No such delivery";
    private const string Refused = "The url leads where it may not, or cannot be resolved";
    private const string OperatorsOwn = "The operator's endpoint is changed by configuration alone";

    public static void MapWebhooks(this IEndpointRouteBuilder app)
    {
        var webhooks = app.MapGroup("/api/v1/webhooks");
        webhooks.MapGet("/", ListAsync).Needs(Scopes.Webhooks)
            .Describe("Webhooks, v1", "The school's webhook endpoints", "The operator's own, ATTENDANCE_WEBHOOK_URL, comes first with built_in true and no path.")
            .Answers(200, "The endpoints", $$"""{"items":[{{Endpoint}}]}""").AnswersUsualProblems();
        webhooks.MapPost("/", AddAsync).Needs(Scopes.Webhooks)
            .Describe("Webhooks, v1", "Make a webhook endpoint", Rules + " The answer holds the secret that deliveries are signed with, this once.")
            .TakesJson(Request).WithMetadata(JsonFields.Limit)
            .Answers(201, "Made", WithSecret).AnswersProblem(422, Refused, "webhook.target_refused")
            .AnswersProblem(409, "The school has as many as it may", "webhook.too_many").AnswersUsualProblems();
        webhooks.MapGet("/{id:guid}", FindAsync).Needs(Scopes.Webhooks)
            .Describe("Webhooks, v1", "One webhook endpoint", "disabled_reason: by_hand, gone (the receiver answered 410) or failing (it accepted nothing for days).")
            .Answers(200, "The endpoint", Endpoint).AnswersProblem(404, NoSuchEndpoint, "webhook.not_found").AnswersUsualProblems();
        webhooks.MapPatch("/{id:guid}", ChangeAsync).Needs(Scopes.Webhooks)
            .Describe("Webhooks, v1", "Change a webhook endpoint", Rules + " What is absent stays as it is. enabled turns it off and on; what waited meanwhile is sent when it is on again.")
            .TakesJson("""{"enabled":false}""").WithMetadata(JsonFields.Limit)
            .Answers(200, "Changed", Endpoint).AnswersProblem(404, NoSuchEndpoint, "webhook.not_found")
            .AnswersProblem(422, Refused, "webhook.target_refused").AnswersProblem(409, OperatorsOwn, "webhook.built_in").AnswersUsualProblems();
        webhooks.MapDelete("/{id:guid}", RemoveAsync).Needs(Scopes.Webhooks)
            .Describe("Webhooks, v1", "Remove a webhook endpoint", "Its deliveries go with it.")
            .Answers(204, "Removed").AnswersProblem(404, NoSuchEndpoint, "webhook.not_found").AnswersProblem(409, OperatorsOwn, "webhook.built_in")
            .AnswersUsualProblems();
        webhooks.MapPost("/{id:guid}/rotate-secret", RotateAsync).Needs(Scopes.Webhooks)
            .Describe("Webhooks, v1", "Give a webhook endpoint a new secret", "Until previous_secret_until deliveries bear the old secret's signature too, the new one's first, and X-Signature is made with the oldest secret that is still good. An overlap of 0 ends every earlier secret at once.")
            .TakesQuery("overlap_hours", ParameterKind.Number, "0 to 720", "24")
            .Answers(200, "The endpoint and its new secret, this once", WithSecret).AnswersProblem(404, NoSuchEndpoint, "webhook.not_found")
            .AnswersProblem(409, OperatorsOwn, "webhook.built_in").AnswersProblem(409, "Too many secrets are within their overlap", "webhook.too_many_secrets").AnswersUsualProblems();
        webhooks.MapPost("/{id:guid}/test", TestAsync).Needs(Scopes.Webhooks)
            .Describe("Webhooks, v1", "Send a test event now", "A signed webhook.test, sent once. The answer is the delivery with its outcome, whatever the receiver said.")
            .Answers(200, "What came of it", OneDelivery).AnswersProblem(404, NoSuchEndpoint, "webhook.not_found").AnswersUsualProblems();
        webhooks.MapPost("/{id:guid}/replay", ReplayManyAsync).Needs(Scopes.Webhooks)
            .Describe("Webhooks, v1", "Send again what belongs to a span of time",
                "By the time of the events, from inclusive, to exclusive. With a status, the deliveries of that status; without one all, and events that the endpoint wants and never got because it was disabled or not made yet.")
            .TakesJson("""{"from":"2026-01-05T00:00:00+07:00","to":"2026-01-06T00:00:00+07:00","status":"dead"}""").WithMetadata(JsonFields.Limit)
            .Answers(202, "They are sent in the background, oldest first", """{"replayed":12}""").AnswersProblem(404, NoSuchEndpoint, "webhook.not_found")
            .AnswersUsualProblems();

        var deliveries = webhooks.MapGroup("/{id:guid}/deliveries");
        deliveries.MapGet("/", ListDeliveriesAsync).Needs(Scopes.Webhooks)
            .Describe("Webhooks, v1", "An endpoint's deliveries", "Newest first; status=dead lists the dead letters. next is what after takes for the page that follows, null on the last.")
            .TakesQuery("status", ParameterKind.Text, "pending, sent or dead").TakesQuery("from", ParameterKind.Text, "Earliest time of the event, with its offset")
            .TakesQuery("to", ParameterKind.Text, "Latest time, exclusive").TakesQuery("after", ParameterKind.Text, "The last delivery of the page before")
            .TakesQuery("limit", ParameterKind.Integer, "1 to 200", "50")
            .Answers(200, "The deliveries", $$"""{"items":[{ {{DeliveryMembers}} }],"next":null}""").AnswersProblem(404, NoSuchEndpoint, "webhook.not_found")
            .AnswersUsualProblems();
        deliveries.MapGet("/{delivery:guid}", FindDeliveryAsync).Needs(Scopes.Webhooks)
            .Describe("Webhooks, v1", "One delivery with every attempt and its body")
            .Answers(200, "The delivery", OneDelivery).AnswersProblem(404, NoSuchDelivery, "webhook.delivery_not_found").AnswersUsualProblems();
        deliveries.MapPost("/{delivery:guid}/replay", ReplayOneAsync).Needs(Scopes.Webhooks)
            .Describe("Webhooks, v1", "Send one delivery again", "Whatever became of it, with all retries of a new one and under the same webhook-id.")
            .Answers(202, "It is sent in the background", OneDelivery).AnswersProblem(404, NoSuchDelivery, "webhook.delivery_not_found")
            .AnswersProblem(409, "Its student was erased", "webhook.event_erased").AnswersUsualProblems();
    }

    private static async Task<IResult> ListAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var listed = await mediator.Send(new ListWebhooks(http.School()), ct);
        return listed.Match(
            items => new JsonAnswer(StatusCodes.Status200OK, null, json => Pages.WriteItems(json, items, Write)), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> AddAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var command = new AddWebhook(
            http.School(), fields.RequiredText("url"), fields.OptionalText("description") ?? "", fields.Texts("events") ?? [],
            fields.TextMap("headers") ?? new Dictionary<string, string>(), fields.Flag("enabled", absent: true));
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var added = await mediator.Send(command, ct);
        if (added.IsSuccess) http.Response.Headers.Location = $"/api/v1/webhooks/{added.Value.Endpoint.Id}";
        return added.Match(made => Answer(StatusCodes.Status201Created, made), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> FindAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var found = await mediator.Send(new GetWebhook(http.School(), new(id)), ct);
        return found.Match(Answer, ErrorMapping.ToProblem);
    }

    private static async Task<IResult> ChangeAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var command = new ChangeWebhook(
            http.School(), new(id), fields.OptionalText("url"), fields.OptionalText("description"), fields.Texts("events"), fields.TextMap("headers"),
            fields.Optional("enabled") is null ? null : fields.Flag("enabled", absent: true));
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        return (await mediator.Send(command, ct)).Match(Answer, ErrorMapping.ToProblem);
    }

    private static async Task<IResult> RemoveAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var removed = await mediator.Send(new RemoveWebhook(http.School(), new(id)), ct);
        return removed.Match(_ => Results.NoContent(), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> RotateAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        // Beyond a year of hours the number may not even be a span of time; the command's own rule refuses it.
        var overlap = Math.Min(fields.Amount("overlap_hours", absent: UsualOverlapHours), 8784);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var rotated = await mediator.Send(new RotateWebhookSecret(http.School(), new(id), TimeSpan.FromHours(overlap)), ct);
        return rotated.Match(made => Answer(StatusCodes.Status200OK, made), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> TestAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var tested = await mediator.Send(new TestWebhook(http.School(), new(id)), ct);
        return tested.Match(delivery => Answer(StatusCodes.Status200OK, delivery), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> ReplayManyAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var (from, to) = (fields.RequiredInstant("from"), fields.RequiredInstant("to"));
        var status = fields.OptionalText("status") is not { } word
            ? null
            : WebhookWords.ParseStatus(word) ?? fields.Fault<DeliveryStatus?>("status", StatusRule, "enum", null);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var replayed = await mediator.Send(new ReplayDeliveries(http.School(), new(id), from, to, status), ct);
        return replayed.Match(
            count => new JsonAnswer(StatusCodes.Status202Accepted, null, json => json.WriteNumber("replayed", count)), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> ListDeliveriesAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var limit = fields.Integer("limit", absent: 50, least: 1, most: 200);
        var faults = new List<FieldFault>(fields.Faults ?? []);
        var status = Query(http, "status", WebhookWords.ParseStatus, StatusRule, faults);
        var from = Query(http, "from", ParseInstant, JsonFields.InstantRule, faults);
        var to = Query(http, "to", ParseInstant, JsonFields.InstantRule, faults);
        var after = Query(http, "after", text => Guid.TryParse(text, out var given) ? given : (Guid?)null, "Input should be a valid UUID", faults);
        if (faults.Count > 0) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListDeliveries(http.School(), new(id), new(status, from, to, after, limit)), ct);
        return listed.Match(
            items => new JsonAnswer(StatusCodes.Status200OK, null, json =>
            {
                Pages.WriteItems(json, items, Write);
                if (items.Count == limit) json.WriteString("next", items[^1].Id);
                else json.WriteNull("next");
            }),
            ErrorMapping.ToProblem);
    }

    private static async Task<IResult> FindDeliveryAsync(Guid id, Guid delivery, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var found = await mediator.Send(new GetDelivery(http.School(), new(id), delivery), ct);
        return found.Match(d => Answer(StatusCodes.Status200OK, d), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> ReplayOneAsync(Guid id, Guid delivery, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var replayed = await mediator.Send(new ReplayDelivery(http.School(), new(id), delivery), ct);
        return replayed.Match(d => Answer(StatusCodes.Status202Accepted, d), ErrorMapping.ToProblem);
    }

    private const string StatusRule = "Input should be pending, sent or dead";

    // In a query an offset's plus arrives as a space when nobody escaped it.
    private static DateTimeOffset? ParseInstant(string text) => JsonFields.ParseInstant(text.Replace(' ', '+'));

    private static T? Query<T>(HttpContext http, string field, Func<string, T?> parse, string rule, List<FieldFault> faults) where T : struct
    {
        if (!http.Request.Query.TryGetValue(field, out var given)) return null;
        if (parse(given.ToString()) is { } value) return value;
        faults.Add(new(RequestFields.Query, field, rule, "value_error"));
        return null;
    }

    private static JsonAnswer Answer(WebhookEndpoint endpoint) => new(StatusCodes.Status200OK, null, json => Write(json, endpoint));

    private static JsonAnswer Answer(int status, EndpointWithSecret made) => new(status, null, json =>
    {
        Write(json, made.Endpoint);
        json.WriteString("secret", made.Secret);
    });

    private static JsonAnswer Answer(int status, Delivery delivery) => new(status, null, json =>
    {
        Write(json, delivery);
        json.WriteString("body", delivery.Body);
    });

    private static void Write(Utf8JsonWriter json, WebhookEndpoint endpoint)
    {
        json.WriteString("id", endpoint.Id.Value);
        json.WriteString("url", endpoint.Url.AbsoluteUri);
        json.WriteString("description", endpoint.Description);
        WriteTexts(json, "events", endpoint.Events);
        WriteTexts(json, "header_names", endpoint.HeaderNames);
        json.WriteBoolean("enabled", endpoint.IsEnabled);
        json.WriteString("disabled_reason", endpoint.DisabledReason is { } reason ? WebhookWords.Of(reason) : null);
        Write(json, "disabled_at", endpoint.DisabledAt);
        Write(json, "failing_since", endpoint.FailingSince);
        Write(json, "previous_secret_until", endpoint.PreviousSecretUntil);
        json.WriteBoolean("built_in", endpoint.IsBuiltIn);
        Write(json, "created_at", endpoint.CreatedAt);
    }

    private static void Write(Utf8JsonWriter json, Delivery delivery)
    {
        json.WriteString("id", delivery.Id);
        json.WriteString("event_id", delivery.Event);
        json.WriteString("event", delivery.Type);
        json.WriteString("student_id", delivery.Student);
        if (delivery.Sequence is { } sequence) json.WriteNumber("sequence", sequence);
        else json.WriteNull("sequence");
        json.WriteString("status", WebhookWords.Of(delivery.Status));
        json.WriteNumber("attempts", delivery.Attempts);
        Write(json, "created_at", delivery.CreatedAt);
        Write(json, "next_attempt_at", delivery.NextAttemptAt);
        Write(json, "settled_at", delivery.SettledAt);
        json.WriteBoolean("erased", delivery.IsErased);
        json.WriteStartArray("outcomes");
        foreach (var outcome in delivery.Outcomes)
        {
            json.WriteStartObject();
            json.WriteNumber("number", outcome.Number);
            Write(json, "at", outcome.At);
            json.WriteNumber("latency_ms", outcome.LatencyMs);
            if (outcome.HttpStatus is { } status) json.WriteNumber("http_status", status);
            else json.WriteNull("http_status");
            json.WriteString("message", outcome.Message);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } at) json.WriteString(name, at.ToUniversalTime());
        else json.WriteNull(name);
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
