using System.Text.Json;
using Npgsql;

namespace FaceAttendance.ReceiverExample;

/// <summary>
/// A school's backend that takes attendance events as docs/integrate.md asks for: verify, store once, and only then say 2xx. Settings:
/// <c>WEBHOOK_SECRETS</c>, the endpoint's secret (during a rotation both, with a space between), and <c>ConnectionStrings__Default</c>.
/// </summary>
public static class Program
{
    // No event is larger than 64 KiB; a larger body is somebody else's.
    private const int MaxBodyBytes = 128 * 1024;

    public static void Main(string[] args) => Build(args).Run();

    public static WebApplication Build(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        var secrets = builder.Configuration["WEBHOOK_SECRETS"] ?? throw new InvalidOperationException("WEBHOOK_SECRETS is not set.");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxBodyBytes);
        builder.Services.AddSingleton(new SignatureCheck(secrets.Split(' ', StringSplitOptions.RemoveEmptyEntries), TimeProvider.System));
        builder.Services.AddSingleton(NpgsqlDataSource.Create(builder.Configuration.GetConnectionString("Default")!));
        builder.Services.AddSingleton<EventStore>();
        builder.Services.AddHostedService(services => services.GetRequiredService<EventStore>());
        var app = builder.Build();
        app.MapPost("/webhooks/attendance", ReceiveAsync);
        return app;
    }

    private static async Task<IResult> ReceiveAsync(HttpRequest request, SignatureCheck signatures, EventStore store, CancellationToken ct)
    {
        // The bytes as they came: JSON that is parsed and written again has another signature.
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, ct);
        var body = buffer.ToArray();

        string id = request.Headers["webhook-id"].ToString(), timestamp = request.Headers["webhook-timestamp"].ToString();
        if (!signatures.IsValid(id, timestamp, request.Headers["webhook-signature"].ToString(), body)) return Results.Unauthorized();

        AttendanceEvent received;
        try
        {
            received = AttendanceEvent.Read(id, body);
        }
        catch (JsonException)
        {
            return Results.BadRequest();
        }
        // When the database is away this throws, the answer is 500, and the event comes again.
        var isNew = await store.AddAsync(received, ct);
        return Results.Ok(new { stored = isNew, duplicate = !isNew });
    }
}
