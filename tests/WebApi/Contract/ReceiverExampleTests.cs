using System.Net;
using System.Text;
using System.Text.Json;
using FaceAttendance.ReceiverExample;
using FaceAttendance.TestKit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Time.Testing;

namespace FaceAttendance.WebApi.Tests.Contract;

/// <summary>deploy/receiver-example as the school's backend.</summary>
public sealed class ReceiverExampleTests
{
    private const string PublishedSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private const long PublishedTime = 1614265330;

    [Test]
    public async Task Receiver_EnrolledThenRecognised_StoresTheEventOnceHoweverOftenItComes()
    {
        await using var server =
            await RunningServer.StartAsync("WEBHOOK_ALLOW_PRIVATE=true", "Webhook:PollInterval=00:00:00.05", "EVENT_COOLDOWN_SECONDS=0");
        await using var database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        // The address must be known before the secret is: the endpoint is made for a receiver that starts a moment later.
        var port = FreePort();
        var made = await SendAsync(server, "/api/v1/webhooks", new { url = $"http://127.0.0.1:{port}/webhooks/attendance" });
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Body);
        var path = $"/api/v1/webhooks/{made.Json.GetProperty("id").GetString()}";
        await using var receiver = await StartAsync(port, made.Json.GetProperty("secret").GetString()!, database);

        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await server.PostAsync("/recognize/realtime", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu, 1)));
        await SentAsync(server, path, times: 1);
        await SendAsync(server, $"{path}/replay", new { from = "2020-01-01T00:00:00Z", to = "2100-01-01T00:00:00Z" });
        await SentAsync(server, path, times: 2);

        var outcomes = (await server.GetAsync($"{path}/deliveries")).Json.GetProperty("items")[0].GetProperty("outcomes");
        Assert.That(
            outcomes.EnumerateArray().Select(o => o.GetProperty("message").GetString()),
            Is.EqualTo(new[] { """{"stored":true,"duplicate":false}""", """{"stored":false,"duplicate":true}""" }));
        Assert.That(
            await database.ReadAsync<string>("SELECT string_agg(type || ' ' || student_id || ' ' || sequence, ',') FROM attendance_events"),
            Is.EqualTo("attendance.recognized ayu 1"));
        Assert.That(await database.ReadAsync<long>("SELECT events FROM students_seen"), Is.EqualTo(1));
    }

    [TestCase("forged")]
    [TestCase("none")]
    public async Task Receiver_SignatureThatDoesNotFit_Is401AndStoresNothing(string signature)
    {
        await using var database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        await using var receiver = await StartAsync(0, PublishedSecret, database);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{receiver.Urls.First()}/webhooks/attendance")
        {
            Content = new StringContent("{\"event\":\"x\"}"),
        };
        request.Headers.Add("webhook-id", "msg_1");
        request.Headers.Add(
            "webhook-timestamp", DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (signature == "forged") request.Headers.Add("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");

        using var answer = await http.SendAsync(request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await database.ReadAsync<long>("SELECT count(*) FROM attendance_events"), Is.Zero);
    }

    [TestCase(0, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", true, TestName = "IsValid_PublishedVector_IsTrue")]
    [TestCase(300, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", true, TestName = "IsValid_FiveMinutesOld_IsTrue")]
    [TestCase(301, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", false, TestName = "IsValid_Older_IsFalse")]
    [TestCase(-301, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", false, TestName = "IsValid_FromTheFuture_IsFalse")]
    [TestCase(0, "v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", true, TestName = "IsValid_SecondOfTwoSignatures_IsTrue")]
    [TestCase(0, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", false, TestName = "IsValid_NoVersion_IsFalse")]
    [TestCase(0, "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", false, TestName = "IsValid_OneBitOff_IsFalse")]
    [TestCase(0, "v1,", false, TestName = "IsValid_EmptySignature_IsFalse")]
    [TestCase(0, "", false, TestName = "IsValid_NoSignature_IsFalse")]
    public void IsValid(int secondsLater, string signatures, bool expected)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(PublishedTime + secondsLater));
        var check = new SignatureCheck(["whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", PublishedSecret], clock);

        Assert.That(check.IsValid("msg_p5jXN8AQM9LWM0D4loKWxJek", $"{PublishedTime}", signatures, "{\"test\": 2432232314}"u8),
            Is.EqualTo(expected));
    }

    private static async Task<WebApplication> StartAsync(int port, string secret, TestDatabase database)
    {
        var receiver = ReceiverExample.Program.Build(
        [
            $"--urls=http://127.0.0.1:{port}", $"--WEBHOOK_SECRETS={secret}", $"--ConnectionStrings:Default={database.ConnectionString}",
            "--Logging:LogLevel:Default=None",
        ]);
        await receiver.StartAsync();
        return receiver;
    }

    private static async Task SentAsync(RunningServer server, string path, int times)
    {
        while (true)
        {
            var items = (await server.GetAsync($"{path}/deliveries?status=sent")).Json.GetProperty("items");
            if (items.GetArrayLength() == 1 && items[0].GetProperty("outcomes").GetArrayLength() == times) return;
            await Task.Delay(20);
        }
    }

    private static async Task<Answer> SendAsync(RunningServer server, string path, object body) =>
        await server.PostAsync(path, new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"));

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
