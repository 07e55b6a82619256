using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FaceAttendance.TestKit;
using FaceAttendance.WebApi.Tls;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.Tls;

/// <summary>A server that says itself who it is, over TLS, to clients that trust its authority and to others.</summary>
public sealed class LanTests
{
    private static readonly MachineNames Machine = new(["gate"], [IPAddress.Parse("192.0.2.7")]);

    private string _folder = null!;
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("lan").FullName;
        _server = await RunningServer.StartAsync(
            "FACE_PROFILE=starter", "Tls:Lan=true", $"Tls:Folder={_folder}", "urls=https://127.0.0.1:0;http://127.0.0.1:0");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task Server_ToAClientThatTrustsItsRoot_AnswersAndToOthersItDoesNot()
    {
        using var root = await RootAsync();
        using var trusting = ClientOf(root);
        using var strange = ClientOf(null);

        var answer = await trusting.GetAsync(new Uri(Secure, "/api/v1/session"));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var refused = Assert.ThrowsAsync<HttpRequestException>(() => strange.GetAsync(new Uri(Secure, "/health/live")));
        Assert.That(refused!.InnerException, Is.InstanceOf<AuthenticationException>());
    }

    [Test]
    public async Task Cookie_OverTls_IsForThisHostAndTlsAlone()
    {
        using var root = await RootAsync();
        using var client = ClientOf(root);
        await client.PostAsync(new Uri(Secure, "/api/v1/users"),
            RunningServer.Json("""{"username":"head","password":"correct horse","role":"admin"}"""));

        var opened = await client.PostAsync(
            new Uri(Secure, "/api/v1/session"), RunningServer.Json("""{"username":"head","password":"correct horse"}"""));

        Assert.That(opened.Headers.GetValues("Set-Cookie").Single(), Does.StartWith("__Host-faceattendance=").And.Contain("secure"));
    }

    [Test]
    public async Task Root_IsOfferedAsPhonesInstallItAndNobodyElseReadsItsKey()
    {
        using var offered = await _server.Http.GetAsync(new Uri(Plain, "/ca.crt"));

        using var root = X509CertificateLoader.LoadCertificate(await offered.Content.ReadAsByteArrayAsync());
        Assert.That(offered.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/x-x509-ca-cert"));
        Assert.That(root.HasPrivateKey, Is.False);
        Assert.That(root.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority, Is.True);
        if (!OperatingSystem.IsWindows())
        {
            Assert.That(File.GetUnixFileMode(Path.Combine(_folder, "ca.key")),
                Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
        using var again = LanAuthority.Open(_folder, DateTimeOffset.UtcNow);
        Assert.That(again.Root.RawData, Is.EqualTo(root.RawData), "the same after a restart");
    }

    [Test]
    public async Task Address_SaysWhereAndByWhatAuthority()
    {
        using var root = await RootAsync();

        var said = (await Answer.OfAsync(await _server.Http.GetAsync(new Uri(Plain, "/api/v1/server/address")))).Json;

        // It listens on this machine alone here, so the address that was called is the best there is.
        Assert.That(said.GetProperty("addresses")[0].GetString(), Is.EqualTo(Plain.GetLeftPart(UriPartial.Authority)));
        Assert.That(said.GetProperty("qr_svg").GetString(), Does.StartWith("<svg").And.Contain("<path"));
        Assert.That(said.GetProperty("root").GetProperty("sha256").GetString(),
            Is.EqualTo(root.GetCertHashString(HashAlgorithmName.SHA256)));
    }

    [Test]
    public void Certificate_BeforeItsEndOrAtAnotherAddress_IsMadeAnewAndNotOtherwise()
    {
        var identity = _server.Services.GetRequiredService<ServerIdentity>();
        identity.Renew(Machine);
        var first = identity.Current;

        identity.Renew(Machine);
        var same = identity.Current;
        identity.Renew(Machine with { Addresses = [IPAddress.Parse("192.0.2.8")] });
        var moved = identity.Current;

        Assert.That(same, Is.SameAs(first));
        Assert.That(moved, Is.Not.SameAs(first));
        Assert.That(AddressesIn(moved.TargetCertificate), Does.Contain("192.0.2.8").And.Contain("127.0.0.1"));
        Assert.That(moved.TargetCertificate.NotAfter - moved.TargetCertificate.NotBefore, Is.LessThan(TimeSpan.FromDays(398)));
    }

    [Test]
    public async Task Given_CertificateAndKey_AreShownAndReadAgainWhenTheyAreReplaced()
    {
        using var authority = LanAuthority.Open(Path.Combine(_folder, "elsewhere"), DateTimeOffset.UtcNow);
        var (file, keyFile) = (Path.Combine(_folder, "given.crt"), Path.Combine(_folder, "given.key"));
        var first = Write(authority, file, keyFile);
        await using var server = await RunningServer.StartOnAsync(
            _server.Database.ConnectionString, "FACE_PROFILE=starter", $"TLS_CERTIFICATE_FILE={file}", $"TLS_KEY_FILE={keyFile}",
            "urls=https://127.0.0.1:0");
        using var client = ClientOf(authority.Root);
        var shown = server.Services.GetRequiredService<ServerIdentity>();

        Assert.That((await client.GetAsync(new Uri(server.Address, "/health/live"))).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(shown.Current.TargetCertificate.Thumbprint, Is.EqualTo(first));
        Assert.That((await client.GetAsync(new Uri(server.Address, "/ca.crt"))).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));

        await File.WriteAllTextAsync(file, "half a certif");
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        shown.Renew(MachineNames.Read());
        Assert.That(shown.Current.TargetCertificate.Thumbprint, Is.EqualTo(first), "the good one of before is shown on");

        var second = Write(authority, file, keyFile);
        shown.Renew(MachineNames.Read());
        Assert.That(shown.Current.TargetCertificate.Thumbprint, Is.EqualTo(second));
    }

    [Test]
    public async Task Main_LanWithoutCredentials_RefusesAndSaysHowToGetThem()
    {
        await using var database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();

        var (code, errors, _) = await ServerProcess.RunAsync(
            _folder, ["--lan", "--FACE_PROFILE=starter", $"--SERVER_KEYS={TestKeys.First}"],
            [$"ConnectionStrings__Default={database.ConnectionString}", "ASPNETCORE_ENVIRONMENT=Development"]);

        Assert.That(code, Is.EqualTo(1));
        Assert.That(errors, Does.Contain("https://*:8443").And.Contain("first administrator on its page"));
    }

    private Uri Secure => _server.Address;

    private Uri Plain => new(_server.Urls.Single(url => url.StartsWith("http:", StringComparison.Ordinal)));

    private async Task<X509Certificate2> RootAsync() =>
        X509CertificateLoader.LoadCertificate(await _server.Http.GetByteArrayAsync(new Uri(Plain, "/ca.crt")));

    /// <returns>The certificate's thumbprint.</returns>
    private static string Write(LanAuthority authority, string file, string keyFile)
    {
        using var certificate = authority.Issue(Machine, DateTimeOffset.UtcNow);
        File.WriteAllText(keyFile, certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(file, certificate.ExportCertificatePem());
        return certificate.Thumbprint;
    }

    private static IEnumerable<string> AddressesIn(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateIPAddresses().Select(a => a.ToString());

    /// <param name="root">Null for what the machine trusts.</param>
    private static HttpClient ClientOf(X509Certificate2? root)
    {
        var handler = new SocketsHttpHandler { UseCookies = false };
        if (root is not null)
        {
            handler.SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new()
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { root },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            };
        }
        return new HttpClient(handler);
    }
}
