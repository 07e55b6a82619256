using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Tests.Webhooks;

/// <summary>The webhook endpoints of one school.</summary>
internal sealed class FakeEndpoints : IWebhookEndpoints, IWebhookSecrets
{
    private readonly List<WebhookEndpoint> _kept = [];
    private int _secrets;

    public required int Most { get; init; }

    public IReadOnlyList<WebhookEndpoint> Kept => _kept;

    public void KeepTheOperators() => _kept.Add(Made(EndpointId.Operators, new("https://operator.example/"), []));

    public Task<EndpointWithSecret?> AddAsync(
        SchoolId school, Uri url, string description, IReadOnlyList<string> events, IReadOnlyDictionary<string, string> headers,
        bool enabled, CancellationToken ct)
    {
        if (_kept.Count == Most) return Task.FromResult<EndpointWithSecret?>(null);
        _kept.Add(Made(EndpointId.New(), url, events));
        return Task.FromResult<EndpointWithSecret?>(new(_kept[^1], NextSecret()));
    }

    public Task<IReadOnlyList<WebhookEndpoint>> ListAsync(SchoolId school, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<WebhookEndpoint>>([.. _kept]);

    public Task<WebhookEndpoint?> FindAsync(SchoolId school, EndpointId id, CancellationToken ct) =>
        Task.FromResult(_kept.FirstOrDefault(e => e.Id == id));

    public Task<WebhookEndpoint?> ChangeAsync(SchoolId school, EndpointId id, EndpointChanges changes, CancellationToken ct)
    {
        var place = _kept.FindIndex(e => e.Id == id);
        if (place < 0) return Task.FromResult<WebhookEndpoint?>(null);
        _kept[place] = _kept[place] with
        {
            Url = changes.Url ?? _kept[place].Url,
            DisabledReason = changes.IsEnabled switch { true => null, false => DisabledReason.ByHand, null => _kept[place].DisabledReason },
        };
        return Task.FromResult<WebhookEndpoint?>(_kept[place]);
    }

    public async Task<Result<EndpointWithSecret>> RotateAsync(
        SchoolId school, EndpointId id, TimeSpan overlap, CancellationToken ct) =>
        await FindAsync(school, id, ct) is { } found ? new EndpointWithSecret(found, NextSecret()) : WebhookErrors.NotFound;

    public Task<bool> RemoveAsync(SchoolId school, EndpointId id, CancellationToken ct) =>
        Task.FromResult(_kept.RemoveAll(e => e.Id == id) > 0);

    private static WebhookEndpoint Made(EndpointId id, Uri url, IReadOnlyList<string> events) =>
        new(id, url, "", events, [], null, null, null, null, StandingClock.Start);

    private string NextSecret() => $"whsec_{++_secrets}";
}
