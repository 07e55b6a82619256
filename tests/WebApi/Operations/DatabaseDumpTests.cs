using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using FaceAttendance.Domain.Schools;
using FaceAttendance.TestKit;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FaceAttendance.WebApi.Tests.Operations;

/// <summary>Somebody who has a database's dump, and not the key that lies elsewhere.</summary>
public sealed partial class DatabaseDumpTests
{
    private const string HeaderValue = "Bearer hunter-of-the-receiver";

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await RunningServer.StartAsync("WEBHOOK_ALLOW_NETWORKS=127.0.0.0/8");

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Dump_OfAServerInUse_HoldsNoSecretAndNothingToGuessOneBy()
    {
        var photo = DrawnFaces.Portrait(DrawnPerson.Ayu);
        await _server.EnrollAsync("ayu", photo);
        await _server.AddUserAsync("dump-admin", "admin");
        var (refresh, access) = await _server.LogInAsync("dump-admin");
        await _server.PostAsync("/api/token/", RunningServer.Json("""{"username":"typed-by-mistake","password":"x"}"""));
        var endpoint = await _server.PostAsync(
            "/api/v1/webhooks", RunningServer.Json($$"""{"url":"http://127.0.0.1:9/","headers":{"Authorization":"{{HeaderValue}}"} }"""));
        var key = await _server.PostAsync("/api/v1/api-keys", RunningServer.Json("""{"name":"dump","scopes":["enroll"]}"""));
        var secret = endpoint.Json.GetProperty("secret").GetString()!;

        var dump = await _server.Database.DumpAsync();

        (string What, string Text)[] secrets =
        [
            ("password", RunningServer.Password), ("access token", access), ("refresh token", refresh), ("endpoint's secret", secret),
            ("endpoint's secret", Hex(Convert.FromBase64String(secret["whsec_".Length..]))), ("endpoint's header", HeaderValue),
            ("API key", key.Json.GetProperty("key").GetString()!), ("any webhook's secret", "whsec_"),
            ("storage key", TestKeys.First.Split(':')[1]),
            ("storage key", Hex(Convert.FromBase64String(TestKeys.First.Split(':')[1]))), ("photo's hash", Hex(SHA256.HashData(photo))),
            ("hash of a typed name", Hex(SHA256.HashData("typed-by-mistake"u8))), ("key ring", "masterKey"),
        ];
        Assert.That(dump, Does.Contain("dump-admin").And.Contains("\tayu\t"));
        Assert.That(secrets.Where(s => dump.Contains(s.Text, StringComparison.OrdinalIgnoreCase)).Select(s => s.What), Is.Empty);
    }

    [Test]
    public async Task Token_ForgedFromTheDatabaseAlone_IsRefused()
    {
        await _server.AddUserAsync("forged-admin", "admin");
        var (user, stamp) = await ReadUserAsync("forged-admin");
        var plain = new byte[56];
        SchoolId.First.Value.TryWriteBytes(plain);
        user.TryWriteBytes(plain.AsSpan(16));
        stamp.TryWriteBytes(plain.AsSpan(32));
        BinaryPrimitives.WriteInt64LittleEndian(plain.AsSpan(48), DateTimeOffset.UtcNow.AddYears(50).ToUnixTimeMilliseconds());

        var token = WebEncoders.Base64UrlEncode((await RingAsync()).CreateProtector("FaceAttendance.UserAccess", "v1").Protect(plain));

        Assert.That((await AskAsync(token)).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await AskAsync((await _server.LogInAsync("forged-admin")).Access)).StatusCode, Is.EqualTo(HttpStatusCode.OK),
            "the way of asking is right");
    }

    [Test]
    public async Task Signature_OfAToken_IsMadeWithNothingThatADumpHolds()
    {
        await _server.AddUserAsync("signed-admin", "admin");
        var token = (await _server.LogInAsync("signed-admin")).Access;
        var signed = Encoding.ASCII.GetBytes(token[..token.LastIndexOf('.')]);
        var signature = WebEncoders.Base64UrlDecode(token[(token.LastIndexOf('.') + 1)..]);

        var words = Words().Matches(await _server.Database.DumpAsync()).Select(m => m.Value).Distinct().ToList();

        Assert.That(words, Has.Count.GreaterThan(20));
        Assert.That(
            words.Where(word => KeysIn(word).Any(key => HMACSHA256.HashData(key, signed).AsSpan().SequenceEqual(signature))), Is.Empty);
    }

    /// <summary>What may be a key: as it stands, and as its hexadecimal digits or base64 say.</summary>
    private static IEnumerable<byte[]> KeysIn(string word)
    {
        yield return Encoding.UTF8.GetBytes(word);
        if (word.Length % 2 == 0 && word.All(char.IsAsciiHexDigit)) yield return Convert.FromHexString(word);
        var bytes = new byte[word.Length];
        if (Convert.TryFromBase64String(word, bytes, out var length)) yield return bytes[..length];
    }

    [GeneratedRegex("[A-Za-z0-9+/=_-]{16,}")]
    private static partial Regex Words();

    private async Task<HttpResponseMessage> AskAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/api-keys");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _server.Http.SendAsync(request);
    }

    private async Task<(Guid User, Guid Stamp)> ReadUserAsync(string name)
    {
        await using var source = NpgsqlDataSource.Create(_server.Database.ConnectionString);
        await using var read =
            source.CreateCommand("SELECT u.id, u.stamp FROM users u JOIN usernames n ON n.user_id = u.id WHERE n.name = $1");
        read.Parameters.AddWithValue(name);
        await using var row = await read.ExecuteReaderAsync();
        await row.ReadAsync();
        return (row.GetGuid(0), row.GetGuid(1));
    }

    /// <summary>The framework's tokens as anybody could make them who finds its keys in the database, which versions before kept
    /// there.</summary>
    private async Task<IDataProtectionProvider> RingAsync()
    {
        var elements = new List<XElement>();
        if (await _server.Database.ReadAsync<bool>("SELECT to_regclass('protection_keys') IS NOT NULL"))
        {
            await using var source = NpgsqlDataSource.Create(_server.Database.ConnectionString);
            await using var read = source.CreateCommand("SELECT xml FROM protection_keys");
            await using var rows = await read.ExecuteReaderAsync();
            while (await rows.ReadAsync()) elements.Add(XElement.Parse(rows.GetString(0)));
        }
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("FaceAttendance");
        services.Configure<KeyManagementOptions>(options => options.XmlRepository = new Found(elements));
        return services.BuildServiceProvider().GetRequiredService<IDataProtectionProvider>();
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private sealed class Found(List<XElement> elements) : IXmlRepository
    {
        public IReadOnlyCollection<XElement> GetAllElements() => [.. elements];

        public void StoreElement(XElement element, string friendlyName) => elements.Add(element);
    }
}
