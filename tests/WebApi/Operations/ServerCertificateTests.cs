using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FaceAttendance.WebApi.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.Operations;

public sealed class ServerCertificateTests
{
    [TestCase("https://127.0.0.1:0", true)]
    [TestCase("https://0.0.0.0:0", true)]
    [TestCase("http://127.0.0.1:0", false)]
    public async Task Read_ServerOnAnAddress_SeesTheCertificateThatCallersSee(string address, bool isSeen)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var ends = new DateTimeOffset(2041, 5, 6, 7, 8, 9, TimeSpan.Zero);
        var request = new CertificateRequest("CN=school.example", key, HashAlgorithmName.SHA256);
        using var made = request.CreateSelfSigned(ends.AddDays(-9000), ends);
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseUrls(address)
            .ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = certificate));
        await using var app = builder.Build();
        await app.StartAsync();

        var seen = await new ServerCertificate(app.Services.GetRequiredService<IServer>(), TimeProvider.System).ReadAsync(default);

        Assert.That(seen?.NotAfter, Is.EqualTo(isSeen ? ends : (DateTimeOffset?)null));
        Assert.That(seen?.Name, Is.EqualTo(isSeen ? "school.example" : null));
        Assert.That(seen?.Sha256, Is.EqualTo(isSeen ? made.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant() : null));
    }
}
