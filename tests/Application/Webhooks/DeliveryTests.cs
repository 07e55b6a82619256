using FaceAttendance.Application.Events;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Webhooks;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DeliveryTests
{
    private static readonly DeliveryFilter All = new(null, null, null, null, 10);

    private readonly FakeEndpoints _endpoints = new() { Most = 1 };
    private readonly FakeDeliveries _deliveries = new();

    private EndpointId Endpoint => _endpoints.Kept[0].Id;

    [SetUp]
    public async Task HaveAnEndpointAsync()
    {
        await _endpoints.AddAsync(SchoolId.First, new("https://school.example/"), "", [], new Dictionary<string, string>(), true, default);
        _deliveries.Endpoint = Endpoint;
    }

    [Test]
    public async Task List_KnownEndpoint_IsFilteredAndUnknownIsNotFound()
    {
        var handler = new ListDeliveriesHandler(_endpoints, _deliveries);

        var dead = await handler.Handle(new(SchoolId.First, Endpoint, All with { Status = DeliveryStatus.Dead }), default);
        var unknown = await handler.Handle(new(SchoolId.First, EndpointId.New(), All), default);

        Assert.That(dead.Value.Select(d => d.Id), Is.EqualTo([_deliveries.Dead.Id]));
        Assert.That(unknown.Error, Is.EqualTo(WebhookErrors.NotFound));
    }

    [Test]
    public async Task Get_KnownDelivery_IsFoundAndUnknownIsNot()
    {
        var handler = new GetDeliveryHandler(_deliveries);

        var known = await handler.Handle(new(SchoolId.First, Endpoint, _deliveries.Dead.Id), default);
        var unknown = await handler.Handle(new(SchoolId.First, Endpoint, Guid.NewGuid()), default);
        var ofAnother = await handler.Handle(new(SchoolId.First, EndpointId.New(), _deliveries.Dead.Id), default);

        Assert.That(known.Value, Is.EqualTo(_deliveries.Dead));
        Assert.That((unknown.Error, ofAnother.Error), Is.EqualTo((WebhookErrors.DeliveryNotFound, WebhookErrors.DeliveryNotFound)));
    }

    [Test]
    public async Task Replay_DeadDelivery_IsPendingAgain()
    {
        var replayed = await ReplayAsync(_deliveries.Dead.Id);

        Assert.That((replayed.Value.Id, replayed.Value.Status), Is.EqualTo((_deliveries.Dead.Id, DeliveryStatus.Pending)));
    }

    [Test]
    public async Task Replay_ErasedOrUnknown_IsRefusedForWhatItIs()
    {
        var erased = await ReplayAsync(_deliveries.Erased.Id);
        var unknown = await ReplayAsync(Guid.NewGuid());

        Assert.That((erased.Error, unknown.Error), Is.EqualTo((WebhookErrors.EventErased, WebhookErrors.DeliveryNotFound)));
    }

    [Test]
    public async Task ReplaySpan_KnownEndpoint_CountsThemAndUnknownIsNotFound()
    {
        var handler = new ReplayDeliveriesHandler(_endpoints, _deliveries);
        var (from, to) = (StandingClock.Start.AddDays(-1), StandingClock.Start.AddDays(1));

        var known = await handler.Handle(new(SchoolId.First, Endpoint, from, to, null), default);
        var unknown = await handler.Handle(new(SchoolId.First, EndpointId.New(), from, to, null), default);

        Assert.That(known.Value, Is.EqualTo(1));
        Assert.That(unknown.Error, Is.EqualTo(WebhookErrors.NotFound));
    }

    [TestCase(1, null)]
    [TestCase(0, "to")]
    [TestCase(-1, "to")]
    public void ReplaySpan_ThatEndsBeforeItBegins_IsNamed(int seconds, string? field) => Assert.That(
        new ReplayDeliveriesValidator().FaultOf(
            new(SchoolId.First, EndpointId.New(), StandingClock.Start, StandingClock.Start.AddSeconds(seconds), null)), Is.EqualTo(field));

    [Test]
    public async Task Test_KnownEndpoint_AnswersTheDeliveryAndUnknownIsNotFound()
    {
        var handler = new TestWebhookHandler(_deliveries);

        var known = await handler.Handle(new(SchoolId.First, Endpoint), default);
        var unknown = await handler.Handle(new(SchoolId.First, EndpointId.New()), default);

        Assert.That((known.Value.Type, known.Value.Status), Is.EqualTo((EventTypes.Test, DeliveryStatus.Sent)));
        Assert.That(unknown.Error, Is.EqualTo(WebhookErrors.NotFound));
    }

    private Task<Result<Delivery>> ReplayAsync(Guid id) =>
        new ReplayDeliveryHandler(_deliveries).Handle(new(SchoolId.First, Endpoint, id), default);

    /// <summary>One endpoint's deliveries: a dead one, and one whose student was erased.</summary>
    private sealed class FakeDeliveries : IDeliveries
    {
        public EndpointId Endpoint { get; set; }

        public Delivery Dead { get; private set; } = Made(EventTypes.Recognized, DeliveryStatus.Dead);

        public Delivery Erased { get; } = Made(EventTypes.Recognized, DeliveryStatus.Sent) with { IsErased = true };

        public Task<IReadOnlyList<Delivery>> ListAsync(
            SchoolId school, EndpointId endpoint, DeliveryFilter filter, CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<Delivery>>(
                [.. new[] { Dead, Erased }.Where(d => filter.Status is null || d.Status == filter.Status).Take(filter.Limit)]);

        public Task<Delivery?> FindAsync(SchoolId school, EndpointId endpoint, Guid id, CancellationToken ct) =>
            Task.FromResult(endpoint == Endpoint ? new[] { Dead, Erased }.FirstOrDefault(d => d.Id == id) : null);

        public Task<bool> ReplayAsync(SchoolId school, EndpointId endpoint, Guid id, CancellationToken ct)
        {
            if (id == Dead.Id) Dead = Dead with { Status = DeliveryStatus.Pending };
            return Task.FromResult(id == Dead.Id);
        }

        public Task<int> ReplayAsync(
            SchoolId school, EndpointId endpoint, DateTimeOffset from, DateTimeOffset to, DeliveryStatus? status, CancellationToken ct) =>
            Task.FromResult(Dead.CreatedAt >= from && Dead.CreatedAt < to ? 1 : 0);

        public Task<Delivery?> TestAsync(SchoolId school, EndpointId endpoint, CancellationToken ct) =>
            Task.FromResult(endpoint == Endpoint ? Made(EventTypes.Test, DeliveryStatus.Sent) : null);

        private static Delivery Made(string type, DeliveryStatus status) => new(
            Guid.NewGuid(), Guid.NewGuid(), type, "ann", 1, status, 1, StandingClock.Start, null, null, [], null);
    }
}
