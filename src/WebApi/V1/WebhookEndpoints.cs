using System.Text.Json.Serialization;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>Who is told of events.</summary>
/// <param name="Events">All types when empty.</param>
/// <param name="HeaderNames">Sent with every delivery; what they hold is never shown.</param>
/// <param name="FailingSince">The first of the failures since the last delivery that was accepted.</param>
/// <param name="PreviousSecretUntil">Until when deliveries bear an old secret's signature as well.</param>
/// <param name="BuiltIn">The operator's own, changed by configuration alone.</param>
internal record WebhookAnswer(
    Guid Id, string Url, string Description, IReadOnlyList<string> Events, IReadOnlyList<string> HeaderNames, bool Enabled,
    DisabledReason? DisabledReason,
    DateTimeOffset? DisabledAt, DateTimeOffset? FailingSince, DateTimeOffset? PreviousSecretUntil, bool BuiltIn, DateTimeOffset? CreatedAt)
{
    public WebhookAnswer(WebhookEndpoint endpoint) : this(
        endpoint.Id.Value, endpoint.Url.AbsoluteUri, endpoint.Description, endpoint.Events, endpoint.HeaderNames, endpoint.IsEnabled,
        endpoint.DisabledReason,
        endpoint.DisabledAt?.ToUniversalTime(), endpoint.FailingSince?.ToUniversalTime(), endpoint.PreviousSecretUntil?.ToUniversalTime(),
        endpoint.IsBuiltIn,
        endpoint.CreatedAt?.ToUniversalTime())
    {
    }
}

/// <summary>An endpoint with the secret that deliveries are signed with, the one time that it is shown.</summary>
internal sealed record WebhookWithSecret : WebhookAnswer
{
    public WebhookWithSecret(EndpointWithSecret made) : base(made.Endpoint) => Secret = made.Secret;

    [JsonPropertyOrder(1)]
    public string Secret { get; }

    public override string ToString() => $"WebhookWithSecret({Id}, secret withheld)";
}

/// <summary>What came of an attempt.</summary>
/// <param name="HttpStatus">Null when there was no answer.</param>
/// <param name="Message">The beginning of the receiver's answer, or why there was none.</param>
internal sealed record AttemptAnswer(int Number, DateTimeOffset At, int LatencyMs, int? HttpStatus, string Message)
{
    public static AttemptAnswer Of(AttemptOutcome outcome) =>
        new(outcome.Number, outcome.At.ToUniversalTime(), outcome.LatencyMs, outcome.HttpStatus, outcome.Message);
}

/// <summary>One event's way to one endpoint.</summary>
/// <param name="Event">The event's type.</param>
/// <param name="StudentId">The student id, or Unknown; null for a test.</param>
/// <param name="Sequence">The event's number among the student's.</param>
/// <param name="Attempts">Those begun.</param>
/// <param name="NextAttemptAt">Null unless pending.</param>
/// <param name="Erased">Its student was erased: there is nothing in it any more, and it is not sent again.</param>
internal record DeliveryAnswer(
    Guid Id, Guid EventId, string Event, string? StudentId, long? Sequence, DeliveryStatus Status, int Attempts, DateTimeOffset CreatedAt,
    DateTimeOffset? NextAttemptAt, DateTimeOffset? SettledAt, bool Erased, IReadOnlyList<AttemptAnswer> Outcomes)
{
    public DeliveryAnswer(Delivery delivery) : this(
        delivery.Id, delivery.Event, delivery.Type, delivery.Student, delivery.Sequence, delivery.Status, delivery.Attempts,
        delivery.CreatedAt.ToUniversalTime(),
        delivery.NextAttemptAt?.ToUniversalTime(), delivery.SettledAt?.ToUniversalTime(), delivery.IsErased,
        [.. delivery.Outcomes.Select(AttemptAnswer.Of)])
    {
    }
}

/// <summary>A delivery with what is sent.</summary>
internal sealed record DeliveryWithBody : DeliveryAnswer
{
    public DeliveryWithBody(Delivery delivery) : base(delivery) => Body = delivery.Body;

    [JsonPropertyOrder(1)]
    public string? Body { get; }

    public override string ToString() => $"DeliveryWithBody({Id})";
}

/// <summary>A page of deliveries.</summary>
/// <param name="Next">What after takes for the page that follows; null on the last one.</param>
internal sealed record DeliveryPage(IReadOnlyList<DeliveryAnswer> Items, Guid? Next);

/// <param name="Replayed">How many are sent again.</param>
internal sealed record ReplayAnswer(int Replayed);

/// <param name="Events">All types when empty or absent.</param>
/// <param name="Headers">Sent with every delivery.</param>
/// <param name="Enabled">true when absent.</param>
internal sealed record NewWebhook(
    string Url, string? Description, IReadOnlyList<string>? Events, IReadOnlyDictionary<string, string>? Headers, bool? Enabled)
        : IJsonBody<NewWebhook>
{
    public static NewWebhook Read(JsonFields fields) => new(
        fields.RequiredText("url"), fields.OptionalText("description"), fields.Texts("events"), fields.TextMap("headers"),
        fields.OptionalFlag("enabled"));

    public override string ToString() => "NewWebhook(withheld)";
}

/// <summary>What is absent stays as it is.</summary>
internal sealed record WebhookChange(
    string? Url, string? Description, IReadOnlyList<string>? Events, IReadOnlyDictionary<string, string>? Headers, bool? Enabled)
        : IJsonBody<WebhookChange>
{
    public static WebhookChange Read(JsonFields fields) => new(
        fields.OptionalText("url"), fields.OptionalText("description"), fields.Texts("events"), fields.TextMap("headers"),
        fields.OptionalFlag("enabled"));

    public override string ToString() => "WebhookChange(withheld)";
}

/// <summary>A span of time by that of the events.</summary>
/// <param name="To">Not included.</param>
/// <param name="Status">Only deliveries of this status.</param>
internal sealed record ReplaySpan(DateTimeOffset From, DateTimeOffset To, DeliveryStatus? Status) : IJsonBody<ReplaySpan>
{
    public static ReplaySpan Read(JsonFields fields) => new(
        fields.RequiredInstant("from"), fields.RequiredInstant("to"),
        fields.OptionalText("status") is { } word ? fields.Word<DeliveryStatus>("status", word) : null);
}

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
        "The url is https:// and its host must lead to public addresses only; an operator may allow the school's own networks " +
        "(WEBHOOK_ALLOW_PRIVATE, WEBHOOK_ALLOW_NETWORKS), where http:// is taken too. "
        + "events empty or absent means all. headers are sent with every delivery and never shown again.";

    private const string NoSuchEndpoint = "No such webhook endpoint";
    private const string NoSuchDelivery = "No such delivery";
    private const string Refused = "The url leads where it may not, or cannot be resolved";
    private const string OperatorsOwn = "The operator's endpoint is changed by configuration alone";

    public static void MapWebhooks(this IEndpointRouteBuilder app)
    {
        var webhooks = app.MapGroup("/api/v1/webhooks");
        webhooks.MapGet("/", ListAsync).Needs(Scopes.Webhooks)
            .Describe(
                "ListWebhooks", ApiGroup.Webhooks, "The school's webhook endpoints",
                "The operator's own, ATTENDANCE_WEBHOOK_URL, comes first with built_in true and no path.")
            .Answers<Listing<WebhookAnswer>>(200, "The endpoints", $$"""{"items":[{{Endpoint}}]}""").AnswersUsualProblems();
        webhooks.MapPost("/", AddAsync).Needs(Scopes.Webhooks)
            .Describe(
                "MakeWebhook", ApiGroup.Webhooks, "Make a webhook endpoint",
                Rules + " The answer holds the secret that deliveries are signed with, this once.")
            .TakesJson<NewWebhook>(Request)
            .Answers<WebhookWithSecret>(201, "Made", WithSecret).AnswersProblem(422, Refused, "webhook.target_refused")
            .AnswersProblem(409, "The school has as many as it may", "webhook.too_many").AnswersUsualProblems();
        webhooks.MapGet("/{id:guid}", FindAsync).Needs(Scopes.Webhooks)
            .Describe(
                "GetWebhook", ApiGroup.Webhooks, "One webhook endpoint",
                "disabled_reason: by_hand, gone (the receiver answered 410) or failing (it accepted nothing for days).")
            .Answers<WebhookAnswer>(200, "The endpoint", Endpoint).AnswersProblem(404, NoSuchEndpoint, "webhook.not_found")
            .AnswersUsualProblems();
        webhooks.MapPatch("/{id:guid}", ChangeAsync).Needs(Scopes.Webhooks)
            .Describe(
                "ChangeWebhook", ApiGroup.Webhooks, "Change a webhook endpoint", Rules
                    + " What is absent stays as it is. enabled turns it off and on; what waited meanwhile is sent when it is on again.")
            .TakesJson<WebhookChange>("""{"enabled":false}""")
            .Answers<WebhookAnswer>(200, "Changed", Endpoint).AnswersProblem(404, NoSuchEndpoint, "webhook.not_found")
            .AnswersProblem(422, Refused, "webhook.target_refused").AnswersProblem(409, OperatorsOwn, "webhook.built_in")
            .AnswersUsualProblems();
        webhooks.MapDelete("/{id:guid}", RemoveAsync).Needs(Scopes.Webhooks)
            .Describe("RemoveWebhook", ApiGroup.Webhooks, "Remove a webhook endpoint", "Its deliveries go with it.")
            .Answers(204, "Removed").AnswersProblem(404, NoSuchEndpoint, "webhook.not_found")
            .AnswersProblem(409, OperatorsOwn, "webhook.built_in")
            .AnswersUsualProblems();
        webhooks.MapPost("/{id:guid}/rotate-secret", RotateAsync).Needs(Scopes.Webhooks)
            .Describe(
                "RotateWebhookSecret", ApiGroup.Webhooks, "Give a webhook endpoint a new secret",
                "Until previous_secret_until deliveries bear the old secret's signature too, the new one's first, and X-Signature is " +
                "made with the oldest secret that is still good. An overlap of 0 ends every earlier secret at once.")
            .TakesQuery("overlap_hours", "0 to 720", 24.0, 0, 720)
            .Answers<WebhookWithSecret>(200, "The endpoint and its new secret, this once", WithSecret)
            .AnswersProblem(404, NoSuchEndpoint, "webhook.not_found")
            .AnswersProblem(409, OperatorsOwn, "webhook.built_in")
            .AnswersProblem(409, "Too many secrets are within their overlap", "webhook.too_many_secrets").AnswersUsualProblems();
        webhooks.MapPost("/{id:guid}/test", TestAsync).Needs(Scopes.Webhooks)
            .Describe(
                "TestWebhook", ApiGroup.Webhooks, "Send a test event now",
                "A signed webhook.test, sent once. The answer is the delivery with its outcome, whatever the receiver said.")
            .Answers<DeliveryWithBody>(200, "What came of it", OneDelivery).AnswersProblem(404, NoSuchEndpoint, "webhook.not_found")
            .AnswersUsualProblems();
        webhooks.MapPost("/{id:guid}/replay", ReplayManyAsync).Needs(Scopes.Webhooks)
            .Describe("ReplayDeliveries", ApiGroup.Webhooks, "Send again what belongs to a span of time",
                "By the time of the events, from inclusive, to exclusive. With a status, the deliveries of that status; without one " +
                "all, and events that the endpoint wants and never got because it was disabled or not made yet.")
            .TakesJson<ReplaySpan>("""{"from":"2026-01-05T00:00:00+07:00","to":"2026-01-06T00:00:00+07:00","status":"dead"}""")
            .Answers<ReplayAnswer>(202, "They are sent in the background, oldest first", """{"replayed":12}""")
            .AnswersProblem(404, NoSuchEndpoint, "webhook.not_found")
            .AnswersUsualProblems();

        var deliveries = webhooks.MapGroup("/{id:guid}/deliveries");
        deliveries.MapGet("/", ListDeliveriesAsync).Needs(Scopes.Webhooks)
            .Describe(
                "ListDeliveries", ApiGroup.Webhooks, "An endpoint's deliveries",
                "Newest first; status=dead lists the dead letters. next is what after takes for the page that follows, null on the last.")
            .TakesQuery<DeliveryStatus>("status", "pending, sent or dead")
            .TakesQuery<DateTimeOffset>("from", "Earliest time of the event, with its offset")
            .TakesQuery<DateTimeOffset>("to", "Latest time, exclusive").TakesQuery<Guid>("after", "The last delivery of the page before")
            .TakesQuery("limit", "1 to 200", 50, 1, 200)
            .Answers<DeliveryPage>(200, "The deliveries", $$"""{"items":[{ {{DeliveryMembers}} }],"next":null}""")
            .AnswersProblem(404, NoSuchEndpoint, "webhook.not_found")
            .AnswersUsualProblems();
        deliveries.MapGet("/{delivery:guid}", FindDeliveryAsync).Needs(Scopes.Webhooks)
            .Describe("GetDelivery", ApiGroup.Webhooks, "One delivery with every attempt and its body")
            .Answers<DeliveryWithBody>(200, "The delivery", OneDelivery).AnswersProblem(404, NoSuchDelivery, "webhook.delivery_not_found")
            .AnswersUsualProblems();
        deliveries.MapPost("/{delivery:guid}/replay", ReplayOneAsync).Needs(Scopes.Webhooks)
            .Describe(
                "ReplayDelivery", ApiGroup.Webhooks, "Send one delivery again",
                "Whatever became of it, with all retries of a new one and under the same webhook-id.")
            .Answers<DeliveryWithBody>(202, "It is sent in the background", OneDelivery)
            .AnswersProblem(404, NoSuchDelivery, "webhook.delivery_not_found")
            .AnswersProblem(409, "Its student was erased", "webhook.event_erased").AnswersUsualProblems();
    }

    private static async Task<Results<Ok<Listing<WebhookAnswer>>, ProblemAnswer>> ListAsync(
        HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new ListWebhooks(http.School()), ct)).ToOk(items => Pages.Of(items, item => new WebhookAnswer(item)));

    private static async Task<Results<Created<WebhookWithSecret>, ProblemAnswer>> AddAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<NewWebhook>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var given = read.Value;
        var command = new AddWebhook(
            http.School(), given.Url, given.Description ?? "", given.Events ?? [], given.Headers ?? new Dictionary<string, string>(),
            given.Enabled ?? true);
        return (await mediator.Send(command, ct))
            .ToCreated(made => new WebhookWithSecret(made), made => $"/api/v1/webhooks/{made.Endpoint.Id}");
    }

    private static async Task<Results<Ok<WebhookAnswer>, ProblemAnswer>> FindAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new GetWebhook(http.School(), new(id)), ct)).ToOk(found => new WebhookAnswer(found));

    private static async Task<Results<Ok<WebhookAnswer>, ProblemAnswer>> ChangeAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<WebhookChange>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var (url, description, events, headers, enabled) = read.Value;
        var changed = await mediator.Send(new ChangeWebhook(http.School(), new(id), url, description, events, headers, enabled), ct);
        return changed.ToOk(endpoint => new WebhookAnswer(endpoint));
    }

    private static async Task<Results<NoContent, ProblemAnswer>> RemoveAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new RemoveWebhook(http.School(), new(id)), ct)).ToNoContent();

    private static async Task<Results<Ok<WebhookWithSecret>, ProblemAnswer>> RotateAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        // Beyond a year of hours the number may not even be a span of time; the command's own rule refuses it.
        var overlap = Math.Min(fields.Amount("overlap_hours", absent: UsualOverlapHours), 8784);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        return (await mediator.Send(new RotateWebhookSecret(http.School(), new(id), TimeSpan.FromHours(overlap)), ct))
            .ToOk(made => new WebhookWithSecret(made));
    }

    private static async Task<Results<Ok<DeliveryWithBody>, ProblemAnswer>> TestAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new TestWebhook(http.School(), new(id)), ct)).ToOk(delivery => new DeliveryWithBody(delivery));

    private static async Task<Results<Accepted<ReplayAnswer>, ProblemAnswer>> ReplayManyAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<ReplaySpan>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var (from, to, status) = read.Value;
        return ToAccepted(
            await mediator.Send(new ReplayDeliveries(http.School(), new(id), from, to, status), ct), count => new ReplayAnswer(count));
    }

    private static async Task<Results<Ok<DeliveryPage>, ProblemAnswer>> ListDeliveriesAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var limit = fields.Integer("limit", absent: 50, least: 1, most: 200);
        var status = fields.Strictly("status", Words.Parse<DeliveryStatus>, WordRule.Of<DeliveryStatus>(), "enum");
        var from = fields.Strictly("from", RequestFields.ParseMoment, JsonFields.InstantRule, "datetime_parsing");
        var to = fields.Strictly("to", RequestFields.ParseMoment, JsonFields.InstantRule, "datetime_parsing");
        var after = fields.Strictly(
            "after", text => Guid.TryParse(text, out var given) ? given : (Guid?)null, "Input should be a valid UUID", "uuid_parsing");
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListDeliveries(http.School(), new(id), new(status, from, to, after, limit)), ct);
        return listed.ToOk(
            items => new DeliveryPage([.. items.Select(item => new DeliveryAnswer(item))], items.Count == limit ? items[^1].Id : null));
    }

    private static async Task<Results<Ok<DeliveryWithBody>, ProblemAnswer>> FindDeliveryAsync(
        Guid id, Guid delivery, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new GetDelivery(http.School(), new(id), delivery), ct)).ToOk(found => new DeliveryWithBody(found));

    private static async Task<Results<Accepted<DeliveryWithBody>, ProblemAnswer>> ReplayOneAsync(
        Guid id, Guid delivery, HttpContext http, IMediator mediator, CancellationToken ct) =>
        ToAccepted(
            await mediator.Send(new ReplayDelivery(http.School(), new(id), delivery), ct), replayed => new DeliveryWithBody(replayed));

    private static Results<Accepted<TBody>, ProblemAnswer> ToAccepted<T, TBody>(Result<T> result, Func<T, TBody> body) =>
        result.Match<Results<Accepted<TBody>,
        ProblemAnswer>>(value => TypedResults.Accepted((string?)null, body(value)), error => error.ToProblem());
}
