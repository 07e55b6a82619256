using System.Security.Cryptography;
using System.Xml.Linq;
using FaceAttendance.Application;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.Infrastructure.Secrets;
using FaceAttendance.Infrastructure.Tests.Gallery;
using FaceAttendance.TestKit;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Secrets;

/// <summary>The server's own keys, and what hangs on them.</summary>
internal sealed class ServerSecretsTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;
    private static readonly UserGrant Grant = new(School, 7, LogInId.New(), Guid.NewGuid(), Generation: 0);
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 7, 0, 0, TimeSpan.Zero);

    [Test]
    public async Task KeyOf_ManyProcessesAtOnce_IsOneForAllAndAnotherForEachUse()
    {
        var processes = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => StartProcessAsync()));

        var keys =
            processes.Select(p => Enum.GetValues<SecretUse>().Select(use => Convert.ToHexString(p.Get<ServerSecrets>().KeyOf(use)))
                .ToArray()).ToArray();

        Assert.That(keys, Is.All.EqualTo(keys[0]));
        Assert.That(keys[0], Is.Unique);
    }

    [Test]
    public async Task Open_MadeForAnotherUse_IsNothing()
    {
        var secrets = (await StartProcessAsync()).Get<ServerSecrets>();
        var stored = secrets.Seal(SecretUse.UserTokens, "token"u8, "bound"u8);

        Assert.That(secrets.Open(SecretUse.UserTokens, stored, "bound"u8), Is.EqualTo("token"u8.ToArray()));
        Assert.That(secrets.Open(SecretUse.UserTokens, stored, "other"u8), Is.Null);
        Assert.That(secrets.Open(SecretUse.LivenessResults, stored, "bound"u8), Is.Null);
        Assert.That(secrets.Open(SecretUse.UserTokens, [], []), Is.Null);
    }

    [Test]
    public async Task Issue_AnyUser_ShowsTheSchoolWhereAProxyLooksForIt()
    {
        var tokens = (await StartProcessAsync()).Get<IUserTokens>();
        var other = new SchoolId(Guid.CreateVersion7());
        string ShownIn(UserGrant grant)
        {
            var payload = tokens.Issue(TokenUse.Access, grant, Now, Now.AddMinutes(5)).Split('.')[1];
            // As deploy/nginx-cluster.conf cuts it out.
            return payload.Substring(15, 47);
        }

        var shown = ShownIn(Grant);

        Assert.That(ShownIn(new(School, 1234567, LogInId.New(), Guid.NewGuid(), Generation: 3)), Is.EqualTo(shown));
        Assert.That(ShownIn(Grant with { School = other }), Is.Not.EqualTo(shown));
    }

    [Test]
    public async Task Start_SecretsChangedByHand_IsRefusedByName()
    {
        await StartProcessAsync();
        await Database.ExecuteAsync(
            "UPDATE server_secrets AS s SET sealed = o.sealed FROM server_secrets AS o WHERE s.name = 'user_tokens' AND o.name = " +
            "'webhooks'");

        var refused = Assert.ThrowsAsync<StartupException>(() => StartProcessAsync());

        Assert.That(refused!.Message, Does.Contain("'user_tokens'").And.Contains("changed outside the server"));
    }

    [Test]
    public async Task Rotation_ToTheEnd_LeavesTokensAndWebhooksValidAndPhotosKnown()
    {
        var before = await StartProcessAsync();
        var token = before.Get<IUserTokens>().Issue(TokenUse.Refresh, Grant, Now, Now.AddDays(6));
        var signing = await before.Get<WebhookSecrets>().KeyOfAsync(School, default);
        var made = await before.Get<IWebhookEndpoints>()
            .AddAsync(School, new("https://school.example/"), "", [], new Dictionary<string, string> { ["X-A"] = "1" }, true, default);
        await before.Get<ITemplates>().AddAsync(Faces.TemplateOf("ann", 1), default);
        var both = (await StartProcessAsync(("StorageKeys:Keys", $"{TestKeys.Second},{TestKeys.First}"))).Get<ITemplateKeys>();

        var due = await both.GetAsync(School, default);
        await both.RotateAsync(School, int.MaxValue, default);
        var done = await both.GetAsync(School, default);
        var after = await StartProcessAsync(("StorageKeys:Keys", TestKeys.Second));

        Assert.That((due.Remaining, done.Remaining), Is.EqualTo((1 + Enum.GetValues<SecretUse>().Length, 0)));
        Assert.That(await after.Get<IUserTokens>().ReadAsync(TokenUse.Refresh, token, Now), Is.EqualTo(Grant));
        Assert.That(await after.Get<WebhookSecrets>().KeyOfAsync(School, default), Is.EqualTo(signing));
        Assert.That(after.Get<EndpointSecrets>().Read((await Database.ReadAsync<string>("SELECT secret FROM webhook_endpoints"))!),
            Is.EqualTo(made!.Secret));
        Assert.That(await after.Get<ITemplates>().AddAsync(Faces.TemplateOf("ann", 1), default), Is.False, "the same photo again");
    }

    [Test]
    public async Task Start_SecretsUnderAKeyNotGiven_IsRefusedThoughNoFaceIsEnrolled()
    {
        await StartProcessAsync();

        var refused = Assert.ThrowsAsync<StartupException>(() => StartProcessAsync(("StorageKeys:Keys", TestKeys.Second)));

        Assert.That(refused!.Message, Does.Contain("'test-1'").And.Contains("was not given").And.Contains("--give-up-templates"));
    }

    [TestCase(TokenUse.Access)]
    [TestCase(TokenUse.Refresh)]
    public async Task Read_TokenThatClaimsALongerLifeThanAnyMadeHere_IsRefused(TokenUse use)
    {
        var tokens = (await StartProcessAsync()).Get<IUserTokens>();
        var options = new AccountOptions();
        var longest = use == TokenUse.Access ? options.AccessTokenLifetime : options.RefreshTokenLifetime;

        Assert.That(await tokens.ReadAsync(use, tokens.Issue(use, Grant, Now, Now + longest), Now), Is.EqualTo(Grant));
        Assert.That(await tokens.ReadAsync(use, tokens.Issue(use, Grant, Now, Now + longest), Now + longest), Is.Null, "expired");
        Assert.That(await tokens.ReadAsync(use, tokens.Issue(use, Grant, Now - longest, Now + TimeSpan.FromMinutes(2)), Now), Is.Null);
        Assert.That(await tokens.ReadAsync(use, tokens.Issue(use, Grant, Now.AddYears(50) - longest, Now.AddYears(50)), Now), Is.Null);
    }

    [Test]
    public async Task Read_LivenessTokenThatClaimsALongerLife_IsRefused()
    {
        var tokens = (await StartProcessAsync()).Get<ILivenessTokens>();
        string Of(DateTimeOffset passed, TimeSpan life) =>
            tokens.Issue(new(School, new("ann"), new(Guid.NewGuid()), passed, passed + life, PadAsked: true));

        Assert.That(tokens.Read(School, Of(Now, TimeSpan.FromSeconds(60)), Now).IsSuccess, Is.True);
        Assert.That(tokens.Read(School, Of(Now, TimeSpan.FromDays(365)), Now).Error!.Code, Is.EqualTo("liveness.token_invalid"));
        Assert.That(
            tokens.Read(School, Of(Now.AddDays(30), TimeSpan.FromSeconds(60)), Now).Error!.Code, Is.EqualTo("liveness.token_invalid"));
    }

    [Test]
    public async Task Start_OnADatabaseOfAnEarlierVersion_TakesOverItsSecretsAndTrustsItsKeysNoMore()
    {
        const string Operators = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        var (secret, previous) = (WebhookSignature.NewSecret(), WebhookSignature.NewSecret());
        await using (var source = NpgsqlDataSource.Create(Database.ConnectionString))
        {
            await new Migrator(source, NullLogger<Migrator>.Instance).MigrateAsync(
                [.. Migration.Embedded().TakeWhile(m => !m.Name.EndsWith("_server_secrets", StringComparison.Ordinal))], default);
            var ring = Ring(source).CreateProtector("FaceAttendance.WebhookEndpoints", "v1");
            await using var store = source.CreateCommand(
                $"""
                UPDATE schools SET webhook_secret = '{Operators}';
                INSERT INTO webhook_endpoints (school_id, id, url, description, events, headers, secret, previous_secret, previous_until,
                    enabled)
                SELECT id, gen_random_uuid(), 'https://school.example/', '', ARRAY[]::text[], '{ring.Protect("{\"X-A\":\"1\"}")}',
                    '{ring.Protect(secret)}', '{ring.Protect(previous)}', now() + interval '1 hour', true
                FROM schools;
                INSERT INTO students (school_id, id) SELECT id, 'ann' FROM schools;
                INSERT INTO templates (school_id, id, student_id, contract, embedding, image_sha256, enrolled_at, revision)
                SELECT id, gen_random_uuid(), 'ann', '{ContractOnly.Id.Value}',
                    '\x{Convert.ToHexString(EmbeddingCodec.Encode(Faces.Of(1).Values))}',
                       '\x{Convert.ToHexString(SHA256.HashData(BitConverter.GetBytes(1)))}', now(), 1 FROM schools
                """);
            await store.ExecuteNonQueryAsync();
        }

        var processes = await Task.WhenAll(StartProcessAsync(), StartProcessAsync());

        Assert.That(processes.Sum(p => p.Log.Lines.Count(l => l.Contains("Took over 4 rows", StringComparison.Ordinal))), Is.EqualTo(1));
        Assert.That(await Database.ReadAsync<bool>("SELECT to_regclass('protection_keys') IS NULL"), Is.True);
        foreach (var process in processes)
        {
            Assert.That(await process.Get<WebhookSecrets>().RevealAsync(School, default), Is.EqualTo(Operators));
            var secrets = process.Get<EndpointSecrets>();
            Assert.That(secrets.Read((await Database.ReadAsync<string>("SELECT secret FROM webhook_endpoints"))!), Is.EqualTo(secret));
            Assert.That(
                secrets.Read((await Database.ReadAsync<string>("SELECT secret FROM webhook_previous_secrets"))!), Is.EqualTo(previous));
            Assert.That(
                (await process.Get<IWebhookEndpoints>().ListAsync(School, default)).Single().HeaderNames, Is.EqualTo((string[])["X-A"]));
            Assert.That(await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("ann", 1), default), Is.False, "the same photo again");
        }
        Assert.That(await Database.DumpAsync(), Does.Not.Contain("masterKey").And.Not.Contain("whsec_"));
    }

    /// <summary>As versions before kept it.</summary>
    private static IDataProtectionProvider Ring(NpgsqlDataSource source)
    {
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("FaceAttendance");
        services.Configure<KeyManagementOptions>(options => options.XmlRepository = new Table(source));
        return services.BuildServiceProvider().GetRequiredService<IDataProtectionProvider>();
    }

    private sealed class Table(NpgsqlDataSource database) : IXmlRepository
    {
        public IReadOnlyCollection<XElement> GetAllElements()
        {
            using var read = database.CreateCommand("SELECT xml FROM protection_keys");
            using var rows = read.ExecuteReader();
            var found = new List<XElement>();
            while (rows.Read()) found.Add(XElement.Parse(rows.GetString(0)));
            return found;
        }

        public void StoreElement(XElement element, string friendlyName)
        {
            using var store = database.CreateCommand("INSERT INTO protection_keys (id, xml) VALUES ($1, $2)");
            store.Parameters.AddWithValue(friendlyName);
            store.Parameters.AddWithValue(element.ToString());
            store.ExecuteNonQuery();
        }
    }
}
