using FaceAttendance.Application.Presence;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Presence;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SiteTests
{
    private static readonly Fence Circle = CircularFence.Create(new(-7.9673435, 112.6267206), 20).Value;

    private readonly FakeSites _sites = new() { Most = 2 };

    [Test]
    public async Task Add_UntilTheSchoolHasTheMost_IsKept()
    {
        var first = await AddAsync("Campus");
        await AddAsync("Field");
        var third = await AddAsync("One too many");

        Assert.That(_sites.Kept[first.Value.Id], Is.EqualTo(first.Value));
        Assert.That(first.Value.Name, Is.EqualTo("Campus"));
        Assert.That(third.Error, Is.EqualTo(SiteErrors.TooMany));
        Assert.That(_sites.Kept, Has.Count.EqualTo(2));
    }

    [TestCase("Campus", null)]
    [TestCase("", "name")]
    [TestCase("   ", "name")]
    [TestCase("a\tb", "name")]
    public void Name_Bad_IsRefused(string name, string? field)
    {
        Assert.That(new AddSiteValidator().FaultOf(new(SchoolId.First, name, Circle)), Is.EqualTo(field));
        Assert.That(new ReplaceSiteValidator().FaultOf(new(SchoolId.First, new(SiteId.New(), name, Circle))), Is.EqualTo(field));
    }

    [TestCase(100, null)]
    [TestCase(101, "name")]
    public void Name_AroundItsLimit_IsTakenUpToIt(int length, string? field) =>
        Assert.That(new AddSiteValidator().FaultOf(new(SchoolId.First, new string('n', length), Circle)), Is.EqualTo(field));

    [Test]
    public async Task Replace_KnownSite_IsKeptAndUnknownIsNotFound()
    {
        var site = (await AddAsync("Campus")).Value;
        var handler = new ReplaceSiteHandler(_sites);

        var moved = await handler.Handle(new(SchoolId.First, site with { Name = "New campus" }), default);
        var unknown = await handler.Handle(new(SchoolId.First, site with { Id = SiteId.New() }), default);

        Assert.That(moved.Value.Name, Is.EqualTo("New campus"));
        Assert.That(_sites.Kept[site.Id], Is.EqualTo(moved.Value));
        Assert.That(unknown.Error, Is.EqualTo(SiteErrors.NotFound));
    }

    [Test]
    public async Task Replace_ShapeThatTheSchoolHasNoRoomFor_IsTooManyAndNotNotFound()
    {
        var site = (await AddAsync("Campus")).Value;
        _sites.HasNoRoom = true;

        var replaced = await new ReplaceSiteHandler(_sites).Handle(new(SchoolId.First, site), default);

        Assert.That(replaced.Error, Is.EqualTo(SiteErrors.TooMany));
    }

    [Test]
    public async Task GetListRemove_KnownSite_IsThereUntilItIsRemoved()
    {
        var site = (await AddAsync("Campus")).Value;

        var got = await new GetSiteHandler(_sites).Handle(new(SchoolId.First, site.Id), default);
        var page = (await new ListSitesHandler(_sites).Handle(new(SchoolId.First, 10, 0), default)).Value;
        var removed = await new RemoveSiteHandler(_sites).Handle(new(SchoolId.First, site.Id), default);

        Assert.That(got.Value, Is.EqualTo(site));
        Assert.That((page.Items.Single(), page.Total), Is.EqualTo((site, 1)));
        Assert.That(removed.IsSuccess, Is.True);
        Assert.That(
            (await new GetSiteHandler(_sites).Handle(new(SchoolId.First, site.Id), default)).Error, Is.EqualTo(SiteErrors.NotFound));
        Assert.That(
            (await new RemoveSiteHandler(_sites).Handle(new(SchoolId.First, site.Id), default)).Error, Is.EqualTo(SiteErrors.NotFound));
    }

    [TestCase(0, true)]
    [TestCase(0.001, false)]
    [TestCase(null, false)]
    public async Task CheckPresence_DistanceToTheNearest_DecidesAtTheEdge(double? meters, bool isPresent)
    {
        var answer = await new CheckPresenceHandler(new FakeSearch(meters)).Handle(new(SchoolId.First, new(1, 2)), default);

        Assert.That(answer.Value, Is.EqualTo(isPresent));
    }

    [Test]
    public async Task EvidencePolicy_ThatIsSet_IsTheOneThatIsGot()
    {
        var policies = new FakePolicies();
        var wanted = EvidencePolicy.Default with { DecisiveWeight = 2 };

        var set = await new SetEvidencePolicyHandler(policies).Handle(new(SchoolId.First, wanted), default);
        var got = await new GetEvidencePolicyHandler(policies).Handle(new(SchoolId.First), default);

        Assert.That((set.Value, got.Value), Is.EqualTo((wanted, wanted)));
    }

    [TestCase(0, null)]
    [TestCase(10, null)]
    [TestCase(-0.1, "decisive_weight")]
    [TestCase(10.1, "decisive_weight")]
    public void EvidencePolicy_WeightAroundItsLimits_IsTakenWithinThem(double weight, string? field) => Assert.That(
        new SetEvidencePolicyValidator().FaultOf(new(SchoolId.First, EvidencePolicy.Default with { DecisiveWeight = weight })),
        Is.EqualTo(field));

    private Task<Result<Site>> AddAsync(string name) => new AddSiteHandler(_sites).Handle(new(SchoolId.First, name, Circle), default);

    private sealed class FakeSites : ISites
    {
        public Dictionary<SiteId, Site> Kept { get; } = [];

        public required int Most { get; init; }

        public bool HasNoRoom { get; set; }

        public Task<bool> AddAsync(SchoolId school, Site site, CancellationToken ct)
        {
            var fits = Kept.Count < Most;
            if (fits) Kept.Add(site.Id, site);
            return Task.FromResult(fits);
        }

        public Task<bool> ReplaceAsync(SchoolId school, Site site, CancellationToken ct)
        {
            var fits = Kept.ContainsKey(site.Id) && !HasNoRoom;
            if (fits) Kept[site.Id] = site;
            return Task.FromResult(fits);
        }

        public Task<bool> RemoveAsync(SchoolId school, SiteId id, CancellationToken ct) => Task.FromResult(Kept.Remove(id));

        public Task<Site?> FindAsync(SchoolId school, SiteId id, CancellationToken ct) => Task.FromResult(Kept.GetValueOrDefault(id));

        public Task<(IReadOnlyList<Site> Items, int Total)> ListAsync(SchoolId school, int limit, int offset, CancellationToken ct) =>
            Task.FromResult<(IReadOnlyList<Site>, int)>(([.. Kept.Values.Skip(offset).Take(limit)], Kept.Count));
    }

    [TestCase(-10.0, 5.0, PresenceVerdict.Inside)]
    [TestCase(-3.0, 5.0, PresenceVerdict.Uncertain)]
    [TestCase(30.0, 5.0, PresenceVerdict.Outside)]
    [TestCase(null, 5.0, null)]
    public async Task Measure_APlace_IsJudgedAsACheckInFromThere(double? meters, double accuracy, PresenceVerdict? verdict)
    {
        var measured = await new MeasurePlaceHandler(new FakeSearch(meters)).Handle(new(SchoolId.First, new(0, 0), accuracy), default);

        Assert.That(measured.Value.Verdict, Is.EqualTo(verdict));
        Assert.That(measured.Value.Nearest?.DistanceMeters, Is.EqualTo(meters));
    }

    private sealed class FakeSearch(double? meters) : ISiteSearch
    {
        public Task<NearestSite?> FindNearestAsync(SchoolId school, GeoPoint place, CancellationToken ct) =>
            Task.FromResult(meters is { } distance ? new NearestSite(SiteId.New(), "Campus", distance, 20) : null);
    }

    private sealed class FakePolicies : IEvidencePolicies
    {
        private EvidencePolicy _policy = EvidencePolicy.Default;

        public Task<EvidencePolicy> GetAsync(SchoolId school, CancellationToken ct) => Task.FromResult(_policy);

        public Task SetAsync(SchoolId school, EvidencePolicy policy, CancellationToken ct)
        {
            _policy = policy;
            return Task.CompletedTask;
        }
    }
}
