using System.Net;
using System.Text;
using System.Text.Json;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>/api/v1/webhooks, up to what the receivers get.</summary>
public sealed class WebhookTests
{
    private RunningServer _server = null!;
    private WebhookReceiver _receiver = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _receiver = await WebhookReceiver.StartAsync();
        _server = await RunningServer.StartAsync(
            "WEBHOOK_ALLOW_NETWORKS=127.0.0.0/8", "ATTENDANCE_WEBHOOK_URL=http://user:hunter2@127.0.0.1:9/secret-path",
            "Webhook:PollInterval=00:00:00.05");
        await _server.PostAsync("/students", Form.With(("student_id", "siswaA"), ("full_name", "Ayu Lestari")));
    }

    [TearDown]
    public async Task RemoveEndpointsAsync()
    {
        foreach (var endpoint in (await _server.GetAsync("/api/v1/webhooks")).Json.GetProperty("items").EnumerateArray())
        {
            await _server.DeleteAsync($"/api/v1/webhooks/{endpoint.GetProperty("id").GetString()}");
        }
        _receiver.AnswerWith(200, "{\"stored\":true}");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Test]
    public async Task Endpoint_MadeOverTheApi_ReceivesSignedEventsAndListsItsDeliveries()
    {
        var made =
            await AddAsync(
                new { url = _receiver.Url, description = "register", headers = new Dictionary<string, string> { ["X-Register"] = "7B" } });

        await MarkAsync();

        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Body);
        var received = await ReceivedAsync(made);
        Assert.That(received.Headers["X-Register"], Is.EqualTo("7B"));
        Assert.That(received.Headers["webhook-signature"], Is.EqualTo(SignatureOf(received, made.Json.GetProperty("secret").GetString()!)));
        var delivery = await SettledAsync(made);
        Assert.That(delivery.GetProperty("event_id").GetString(), Is.EqualTo(received.Id));
        Assert.That(delivery.GetProperty("event").GetString(), Is.EqualTo("attendance.marked"));
        Assert.That(delivery.GetProperty("status").GetString(), Is.EqualTo("sent"));
        Assert.That(delivery.GetProperty("outcomes")[0].GetProperty("http_status").GetInt32(), Is.EqualTo(200));
        Assert.That(delivery.GetProperty("outcomes")[0].GetProperty("message").GetString(), Is.EqualTo("{\"stored\":true}"));
    }

    [Test]
    public async Task Secret_AfterCreation_IsNeverShownAgain()
    {
        var made =
            await AddAsync(new { url = _receiver.Url, headers = new Dictionary<string, string> { ["Authorization"] = "Bearer hunter3" } });
        var secret = made.Json.GetProperty("secret").GetString()!;

        var shown = (await _server.GetAsync("/api/v1/webhooks")).Body + (await _server.GetAsync(PathOf(made))).Body
            + (await PatchAsync(made, new { description = "other" })).Body;

        Assert.That(shown, Does.Contain("Authorization").And.Not.Contain(secret).And.Not.Contain("hunter3"));
    }

    [Test]
    public async Task RotateSecret_WithinTheOverlap_BearsBothSignatures()
    {
        var made = await AddAsync(new { url = _receiver.Url });

        var rotated = await _server.PostAsync($"{PathOf(made)}/rotate-secret?overlap_hours=1", null);
        await _server.PostAsync($"{PathOf(made)}/test", null);
        var both = _receiver.Received[^1];
        var again = await _server.PostAsync($"{PathOf(made)}/rotate-secret?overlap_hours=0", null);
        await _server.PostAsync($"{PathOf(made)}/test", null);
        var one = _receiver.Received[^1];

        var (first, second, third) =
            (made.Json.GetProperty("secret").GetString()!, rotated.Json.GetProperty("secret").GetString()!,
                again.Json.GetProperty("secret").GetString()!);
        Assert.That(both.Headers["webhook-signature"], Is.EqualTo($"{SignatureOf(both, second)} {SignatureOf(both, first)}"));
        Assert.That(one.Headers["webhook-signature"], Is.EqualTo(SignatureOf(one, third)));
        Assert.That(both.Headers["X-Signature"], Is.EqualTo(BodySignatureOf(both, first)),
            "it holds one, and the receiver may know only the old secret");
        Assert.That(one.Headers["X-Signature"], Is.EqualTo(BodySignatureOf(one, third)));
    }

    [Test]
    public async Task RotateSecret_AgainWithinAnOverlap_KeepsEverySecretUntilItsOwnOverlapEnds()
    {
        var made = await AddAsync(new { url = _receiver.Url });
        List<Answer> secrets = [made];
        for (var i = 0; i < 8; i++) secrets.Add(await _server.PostAsync($"{PathOf(made)}/rotate-secret?overlap_hours={8 - i}", null));

        var refused = await _server.PostAsync($"{PathOf(made)}/rotate-secret", null);
        await _server.PostAsync($"{PathOf(made)}/test", null);
        var all = _receiver.Received[^1];
        await _server.Database.ExecuteAsync(
            "UPDATE webhook_previous_secrets SET good_until = now() WHERE good_until < now() + interval '7.5 hours'");
        await _server.PostAsync($"{PathOf(made)}/test", null);
        var two = _receiver.Received[^1];

        string[] newestFirst = [.. secrets.Select(s => s.Json.GetProperty("secret").GetString()!).Reverse()];
        Assert.That(all.Headers["webhook-signature"], Is.EqualTo(string.Join(' ', newestFirst.Select(s => SignatureOf(all, s)))));
        Assert.That(all.Headers["X-Signature"], Is.EqualTo(BodySignatureOf(all, newestFirst[^1])));
        Assert.That(
            two.Headers["webhook-signature"], Is.EqualTo($"{SignatureOf(two, newestFirst[0])} {SignatureOf(two, newestFirst[^1])}"));
        Assert.That((refused.Status, refused.Json.GetProperty("code").GetString()),
            Is.EqualTo((HttpStatusCode.Conflict, "webhook.too_many_secrets")));
        Assert.That(secrets[^1].Json.GetProperty("previous_secret_until").GetDateTimeOffset(),
            Is.EqualTo(DateTimeOffset.UtcNow.AddHours(8)).Within(TimeSpan.FromMinutes(5)));
    }

    [TestCase(200, "sent")]
    [TestCase(500, "dead")]
    public async Task Test_WhateverTheReceiverSays_ShowsItAtOnceAndOnlyOnce(int status, string expected)
    {
        _receiver.AnswerWith(status, new string('x', 3000));
        var made = await AddAsync(new { url = _receiver.Url, enabled = false });

        var tested = await _server.PostAsync($"{PathOf(made)}/test", null);

        Assert.That(tested.Status, Is.EqualTo(HttpStatusCode.OK), tested.Body);
        Assert.That(tested.Json.GetProperty("status").GetString(), Is.EqualTo(expected));
        var outcome = tested.Json.GetProperty("outcomes").EnumerateArray().Single();
        Assert.That(outcome.GetProperty("http_status").GetInt32(), Is.EqualTo(status));
        Assert.That(outcome.GetProperty("latency_ms").GetInt32(), Is.Not.Negative);
        Assert.That(outcome.GetProperty("message").GetString(), Is.EqualTo(new string('x', 2048)));
        Assert.That(_receiver.Received[^1].Body, Does.StartWith("{\"event\":\"webhook.test\",\"ts\":"));
        Assert.That(tested.Json.GetProperty("body").GetString(), Is.EqualTo(_receiver.Received[^1].Body));
    }

    [Test]
    public async Task List_OperatorsEndpoint_ComesFirstWithoutItsPathAndCannotBeChanged()
    {
        var first = (await _server.GetAsync("/api/v1/webhooks")).Json.GetProperty("items")[0];
        var path = $"/api/v1/webhooks/{first.GetProperty("id").GetString()}";

        Assert.That(first.GetProperty("built_in").GetBoolean(), Is.True);
        Assert.That(first.GetProperty("url").GetString(), Is.EqualTo("http://127.0.0.1:9/"));
        Answer[] answers =
        [
            await SendAsync(HttpMethod.Patch, path, new { enabled = false }), await _server.DeleteAsync(path),
            await _server.PostAsync($"{path}/rotate-secret", null),
        ];
        Assert.That(answers.Select(a => a.Json.GetProperty("code").GetString()), Has.All.EqualTo("webhook.built_in"));
        var tested = await _server.PostAsync($"{path}/test", null);
        Assert.That(tested.Json.GetProperty("outcomes")[0].GetProperty("message").GetString(), Is.EqualTo("connection refused"));
    }

    [Test]
    public async Task Audit_WhatIsDoneToAnEndpoint_IsTold()
    {
        var made = await AddAsync(new { url = _receiver.Url });
        await PatchAsync(made, new { enabled = false });
        await _server.PostAsync($"{PathOf(made)}/rotate-secret", null);
        await _server.DeleteAsync(PathOf(made));
        await _server.DeleteAsync(PathOf(made));

        var told = await _server.Database.ReadAsync<string>(
            $"SELECT string_agg(action, ' ' ORDER BY seq) FROM audit WHERE subject = '{made.Json.GetProperty("id").GetString()}'");

        Assert.That(told, Is.EqualTo("webhook.made webhook.changed webhook.secret_rotated webhook.removed"));
    }

    [Test]
    public async Task Replay_OfOneAndOfASpan_SendsAgain()
    {
        var made = await AddAsync(new { url = _receiver.Url });
        await MarkAsync();
        var delivery = await SettledAsync(made);
        var id = delivery.GetProperty("event_id").GetString();

        var one = await _server.PostAsync($"{PathOf(made)}/deliveries/{delivery.GetProperty("id").GetString()}/replay", null);
        await SettledAsync(made, attempts: 2);
        var span =
            await SendAsync(HttpMethod.Post, $"{PathOf(made)}/replay",
                new { from = "2020-01-01T00:00:00Z", to = "2100-01-01T00:00:00Z", status = "sent" });
        await SettledAsync(made, attempts: 3);

        Assert.That(one.Status, Is.EqualTo(HttpStatusCode.Accepted), one.Body);
        Assert.That(span.Body, Is.EqualTo("{\"replayed\":1}"));
        Assert.That(_receiver.Received.Count(r => r.Id == id), Is.EqualTo(3));
    }

    [Test]
    public async Task Deliveries_Filtered_ArePagedNewestFirst()
    {
        var made = await AddAsync(new { url = _receiver.Url });
        for (var i = 0; i < 5; i++) await MarkAsync();
        while ((await _server.GetAsync($"{PathOf(made)}/deliveries?status=sent")).Json.GetProperty("items").GetArrayLength() < 5)
            await Task.Delay(20);

        var first = await _server.GetAsync($"{PathOf(made)}/deliveries?limit=3");
        var second = await _server.GetAsync($"{PathOf(made)}/deliveries?limit=3&after={first.Json.GetProperty("next").GetString()}");
        var dead = await _server.GetAsync($"{PathOf(made)}/deliveries?status=dead");
        var future = await _server.GetAsync($"{PathOf(made)}/deliveries?from=2100-01-01T00:00:00Z");

        var sequences = first.Json.GetProperty("items").EnumerateArray().Concat(second.Json.GetProperty("items").EnumerateArray())
            .Select(d => d.GetProperty("sequence").GetInt64()).ToArray();
        Assert.That(sequences, Has.Length.EqualTo(5).And.Ordered.Descending);
        Assert.That(second.Json.GetProperty("next").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(dead.Json.GetProperty("items").GetArrayLength() + future.Json.GetProperty("items").GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task Enabled_TurnedOffAndOn_SaysWhyAndForgets()
    {
        var made = await AddAsync(new { url = _receiver.Url });

        var off = await PatchAsync(made, new { enabled = false });
        var on = await PatchAsync(made, new { enabled = true });

        Assert.That(off.Json.GetProperty("disabled_reason").GetString(), Is.EqualTo("by_hand"));
        Assert.That(on.Json.GetProperty("enabled").GetBoolean(), Is.True);
        Assert.That(on.Json.GetProperty("disabled_reason").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [TestCase("https://10.0.0.1/", "webhook.target_refused")]
    [TestCase("https://169.254.169.254/", "webhook.target_refused")]
    [TestCase("https://[::1]/", "webhook.target_refused")]
    [TestCase("http://8.8.8.8/", "webhook.https_required")]
    [TestCase("https://nothing.invalid/", "webhook.unresolvable")]
    [TestCase("https://user:key@8.8.8.8/", "request.invalid_field")]
    [TestCase("ftp://8.8.8.8/", "request.invalid_field")]
    [TestCase("/hook", "request.invalid_field")]
    public async Task Url_ThatMayNotBe_IsRefusedWhenMadeAndWhenChanged(string url, string code)
    {
        var made = await AddAsync(new { url = _receiver.Url });

        Answer[] refused = [await AddAsync(new { url }), await PatchAsync(made, new { url })];

        Assert.That(refused.Select(r => r.Json.GetProperty("code").GetString()), Has.All.EqualTo(code));
    }

    [TestCase("Host", "a")]
    [TestCase("Content-Length", "1")]
    [TestCase("transfer-encoding", "chunked")]
    [TestCase("Transfer_Encoding", "chunked")]
    [TestCase("TRANSFER_ENCODING", "chunked")]
    [TestCase("Transfer-encoding_", "chunked")]
    [TestCase("Content_Length", "1")]
    [TestCase("content_encoding", "gzip")]
    [TestCase("Proxy-Anything", "x")]
    [TestCase("proxy_authorization", "x")]
    [TestCase("EXPECT", "100-continue")]
    [TestCase("te", "trailers")]
    [TestCase("Trailer", "X-After")]
    [TestCase("upgrade", "h2c")]
    [TestCase("HTTP2_Settings", "x")]
    [TestCase("Keep_Alive", "x")]
    [TestCase("connection", "close")]
    [TestCase("Webhook_Id", "x")]
    [TestCase("x_signature", "x")]
    [TestCase("Webhook-Signature", "v1,x")]
    [TestCase("webhook-anything", "x")]
    [TestCase("X-Signature", "x")]
    [TestCase("X-Two", "line\r\nInjected: yes")]
    [TestCase("X Space", "x")]
    [TestCase("X-Empty", "")]
    public async Task Header_ThatIsNotTheSchools_IsRefused(string name, string value)
    {
        var refused = await AddAsync(new { url = _receiver.Url, headers = new Dictionary<string, string> { [name] = value } });

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(refused.Json.GetProperty("code").GetString(), Is.EqualTo("request.invalid_field"));
    }

    [Test]
    public async Task AnyRoute_UnknownEndpoint_Is404()
    {
        const string Path = "/api/v1/webhooks/019a0000-0000-7000-8000-000000000000";
        const string Delivery = Path + "/deliveries/019a0000-0000-7000-8000-000000000001";
        Answer[] answers =
        [
            await _server.GetAsync(Path), await _server.DeleteAsync(Path), await SendAsync(HttpMethod.Patch, Path, new { enabled = true }),
            await _server.PostAsync($"{Path}/test", null), await _server.PostAsync($"{Path}/rotate-secret", null),
            await _server.GetAsync($"{Path}/deliveries"),
            await SendAsync(HttpMethod.Post, $"{Path}/replay", new { from = "2020-01-01T00:00:00Z", to = "2021-01-01T00:00:00Z" }),
            await _server.GetAsync(Delivery), await _server.PostAsync($"{Delivery}/replay", null),
        ];

        Assert.That(answers.Select(a => a.Status), Has.All.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Add_TheTwentyFirst_IsRefused()
    {
        for (var i = 0; i < 20; i++) await AddAsync(new { url = _receiver.Url, enabled = false });

        var refused = await AddAsync(new { url = _receiver.Url });

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(refused.Json.GetProperty("code").GetString(), Is.EqualTo("webhook.too_many"));
    }

    private Task<Answer> AddAsync(object endpoint) => SendAsync(HttpMethod.Post, "/api/v1/webhooks", endpoint);

    private Task<Answer> PatchAsync(Answer made, object changes) => SendAsync(HttpMethod.Patch, PathOf(made), changes);

    private async Task<Answer> SendAsync(HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
        };
        return await Answer.OfAsync(await _server.Http.SendAsync(request));
    }

    private async Task MarkAsync()
    {
        var marked =
            await SendAsync(
                HttpMethod.Post, "/api/v1/attendance/manual", new { student_id = "siswaA", status = "present", reason = "seen" });
        Assert.That(marked.Status, Is.EqualTo(HttpStatusCode.Created), marked.Body);
    }

    private static string PathOf(Answer made) => $"/api/v1/webhooks/{made.Json.GetProperty("id").GetString()}";

    /// <summary>The endpoint's one delivery, once it has been sent so many times.</summary>
    private async Task<JsonElement> SettledAsync(Answer made, int attempts = 1)
    {
        while (true)
        {
            var items = (await _server.GetAsync($"{PathOf(made)}/deliveries")).Json.GetProperty("items");
            if (items.GetArrayLength() == 1 && items[0].GetProperty("outcomes").GetArrayLength() == attempts
                && items[0].GetProperty("status").GetString() == "sent") return items[0];
            await Task.Delay(20);
        }
    }

    private async Task<ReceivedEvent> ReceivedAsync(Answer made)
    {
        var delivery = await SettledAsync(made);
        return _receiver.Received.Single(r => r.Id == delivery.GetProperty("event_id").GetString());
    }

    private static string BodySignatureOf(ReceivedEvent received, string secret) => Convert.ToHexStringLower(
        System.Security.Cryptography.HMACSHA256.HashData(
            Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes(received.Body)));

    private static string SignatureOf(ReceivedEvent received, string secret) =>
        "v1," + Convert.ToBase64String(System.Security.Cryptography.HMACSHA256.HashData(
        Convert.FromBase64String(secret["whsec_".Length..]),
        Encoding.UTF8.GetBytes($"{received.Id}.{received.Headers["webhook-timestamp"]}.{received.Body}")));
}
