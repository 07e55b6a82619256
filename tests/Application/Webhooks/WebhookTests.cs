using FaceAttendance.Application.Events;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Webhooks;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class WebhookTests
{
    private const string Url = "https://school.example/hooks";

    private static readonly Dictionary<string, string> NoHeaders = [];

    private readonly FakeEndpoints _endpoints = new() { Most = 2 };
    private readonly FakeTargets _targets = new();

    [Test]
    public async Task Add_GoodTarget_IsKeptWithItsEventsInOrderAndASecret()
    {
        var added = (await AddAsync(Url)).Value;

        Assert.That(_endpoints.Kept.Single(), Is.EqualTo(added.Endpoint));
        Assert.That(added.Endpoint.Events, Is.EqualTo([EventTypes.CheckedIn, EventTypes.Marked]));
        Assert.That((added.Endpoint.Url.AbsoluteUri, added.Secret), Is.EqualTo((Url, "whsec_1")));
        Assert.That(added.ToString(), Does.Not.Contain("whsec_1"));
    }

    [Test]
    public async Task Add_TargetThatIsRefused_IsNotKept()
    {
        _targets.Refusal = WebhookErrors.TargetRefused;

        Assert.That((await AddAsync(Url)).Error, Is.EqualTo(WebhookErrors.TargetRefused));
        Assert.That(_endpoints.Kept, Is.Empty);
    }

    [Test]
    public async Task Add_MoreThanASchoolMayHave_IsTooMany()
    {
        await AddAsync(Url);
        await AddAsync(Url);

        Assert.That((await AddAsync(Url)).Error, Is.EqualTo(WebhookErrors.TooMany));
    }

    [TestCase(Url, "", "attendance.marked", "X-Register", "7B", null)]
    [TestCase("ftp://school.example/", "", "attendance.marked", "X-Register", "7B", "url")]
    [TestCase("/hooks", "", "attendance.marked", "X-Register", "7B", "url")]
    [TestCase("https://user@school.example/", "", "attendance.marked", "X-Register", "7B", "url")]
    [TestCase("https://school.example/#x", "", "attendance.marked", "X-Register", "7B", "url")]
    [TestCase(Url, "a\nb", "attendance.marked", "X-Register", "7B", "description")]
    [TestCase(Url, "", "webhook.test", "X-Register", "7B", "events")]
    [TestCase(Url, "", "attendance.marked", "Content-Type", "text/plain", "headers")]
    [TestCase(Url, "", "attendance.marked", "webhook_id", "1", "headers")]
    [TestCase(Url, "", "attendance.marked", "X-Register", "7B\r\nHost: x", "headers")]
    [TestCase(Url, "", "attendance.marked", "X-Register", " 7B", "headers")]
    public void AddAndChange_BadField_IsNamed(
        string url, string description, string type, string header, string value, string? field)
    {
        var headers = new Dictionary<string, string> { [header] = value };

        Assert.That(new AddWebhookValidator().FaultOf(new(SchoolId.First, url, description, [type], headers, true)), Is.EqualTo(field));
        Assert.That(new ChangeWebhookValidator().FaultOf(
            new(SchoolId.First, EndpointId.New(), url, description, [type], headers, null)), Is.EqualTo(field));
    }

    [Test]
    public void Change_WhatIsNotGiven_IsNotJudged() => Assert.That(
        new ChangeWebhookValidator().FaultOf(new(SchoolId.First, EndpointId.New(), null, null, null, null, null)), Is.Null);

    [Test]
    public async Task Change_KnownEndpoint_ChangesWhatIsGivenAndUnknownIsNotFound()
    {
        var id = (await AddAsync(Url)).Value.Endpoint.Id;

        var changed = await ChangeAsync(id, url: null, enabled: false);
        var unknown = await ChangeAsync(EndpointId.New(), url: null, enabled: false);

        Assert.That((changed.Value.IsEnabled, changed.Value.Url.AbsoluteUri), Is.EqualTo((false, Url)));
        Assert.That(unknown.Error, Is.EqualTo(WebhookErrors.NotFound));
    }

    [Test]
    public async Task Change_ToATargetThatIsRefused_KeepsTheOldOne()
    {
        var id = (await AddAsync(Url)).Value.Endpoint.Id;
        _targets.Refusal = WebhookErrors.HttpsRequired;

        Assert.That((await ChangeAsync(id, "http://school.example/", null)).Error, Is.EqualTo(WebhookErrors.HttpsRequired));
        Assert.That((await ChangeAsync(id, null, false)).IsSuccess, Is.True, "a target that is not given is not judged");
        Assert.That(_endpoints.Kept.Single().Url.AbsoluteUri, Is.EqualTo(Url));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task OperatorsEndpoint_IsChangedByTheServersSettingsAlone(bool isThere)
    {
        if (isThere) _endpoints.KeepTheOperators();
        var expected = isThere ? WebhookErrors.BuiltIn : WebhookErrors.NotFound;

        var changed = await ChangeAsync(EndpointId.Operators, null, false);
        var rotated = await RotateAsync(EndpointId.Operators);
        var removed = await RemoveAsync(EndpointId.Operators);

        Assert.That(new[] { changed.Error, rotated.Error, removed.Error }, Is.All.EqualTo(expected));
        Assert.That(_endpoints.Kept, Has.Count.EqualTo(isThere ? 1 : 0));
    }

    [Test]
    public async Task RotateSecret_KnownEndpoint_HasANewOneAndUnknownIsNotFound()
    {
        var id = (await AddAsync(Url)).Value.Endpoint.Id;

        Assert.That((await RotateAsync(id)).Value.Secret, Is.EqualTo("whsec_2"));
        Assert.That((await RotateAsync(EndpointId.New())).Error, Is.EqualTo(WebhookErrors.NotFound));
    }

    [TestCase(0, null)]
    [TestCase(720, null)]
    [TestCase(-1, "overlap_hours")]
    [TestCase(721, "overlap_hours")]
    public void RotateSecret_OverlapAroundItsLimits_IsTakenWithinThem(int hours, string? field) => Assert.That(
        new RotateWebhookSecretValidator().FaultOf(new(SchoolId.First, EndpointId.New(), TimeSpan.FromHours(hours))), Is.EqualTo(field));

    [Test]
    public async Task GetListRemove_KnownEndpoint_IsThereUntilItIsRemoved()
    {
        var endpoint = (await AddAsync(Url)).Value.Endpoint;

        var got = await new GetWebhookHandler(_endpoints).Handle(new(SchoolId.First, endpoint.Id), default);
        var listed = await new ListWebhooksHandler(_endpoints).Handle(new(SchoolId.First), default);
        var removed = await RemoveAsync(endpoint.Id);
        var again = await RemoveAsync(endpoint.Id);

        Assert.That((got.Value, listed.Value.Single()), Is.EqualTo((endpoint, endpoint)));
        Assert.That((removed.IsSuccess, again.Error), Is.EqualTo((true, WebhookErrors.NotFound)));
        Assert.That((await new GetWebhookHandler(_endpoints).Handle(new(SchoolId.First, endpoint.Id), default)).Error,
            Is.EqualTo(WebhookErrors.NotFound));
    }

    private Task<Result<EndpointWithSecret>> AddAsync(string url) => new AddWebhookHandler(_endpoints, _targets).Handle(
        new(SchoolId.First, url, "Register", [EventTypes.Marked, EventTypes.CheckedIn, EventTypes.Marked], NoHeaders, true), default);

    private Task<Result<WebhookEndpoint>> ChangeAsync(EndpointId id, string? url, bool? enabled) =>
        new ChangeWebhookHandler(_endpoints, _targets).Handle(new(SchoolId.First, id, url, null, null, null, enabled), default);

    private Task<Result<EndpointWithSecret>> RotateAsync(EndpointId id) =>
        new RotateWebhookSecretHandler(_endpoints, _endpoints).Handle(new(SchoolId.First, id, TimeSpan.FromHours(24)), default);

    private Task<Result<Done>> RemoveAsync(EndpointId id) =>
        new RemoveWebhookHandler(_endpoints).Handle(new(SchoolId.First, id), default);

    private sealed class FakeTargets : IWebhookTargets
    {
        public Error? Refusal { get; set; }

        public Task<Error?> CheckAsync(Uri url, CancellationToken ct) => Task.FromResult(Refusal);
    }
}
