using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FaceAttendance.Application;

namespace FaceAttendance.WebApi.Tls;

/// <summary>
/// A certificate authority of this installation's own: made at the first start that wants it, its key readable by the server's user alone.
/// Whoever installs its certificate trusts what it signs, so it signs certificates of this server and nothing else.
/// </summary>
internal sealed class LanAuthority : IDisposable
{
    /// <summary>Of a certificate. Phones take none of a private authority that lasts longer than two years or so.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);

    private const string KeyName = "ca.key";
    private const string CertificateName = "ca.crt";

    // The authority's own; phones are visited once.
    private static readonly TimeSpan RootLifetime = TimeSpan.FromDays(3650);

    // Clocks of phones are behind now and then.
    private static readonly TimeSpan Backdated = TimeSpan.FromDays(1);

    private LanAuthority(X509Certificate2 root) => Root = root;

    /// <summary>With its private key.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>As a phone shows it before it installs the certificate.</summary>
    public string Sha256 => Root.GetCertHashString(HashAlgorithmName.SHA256);

    /// <exception cref="StartupException">The folder cannot be written, or what lies there is no authority.</exception>
    public static LanAuthority Open(string folder, DateTimeOffset now)
    {
        try
        {
            Directory.CreateDirectory(folder);
            using var key = OpenKey(Path.Combine(folder, KeyName));
            var file = Path.Combine(folder, CertificateName);
            if (!File.Exists(file)) Place(file, NewRoot(key, now));
            using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(file));
            return new(certificate.CopyWithPrivateKey(key));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new StartupException(
                $"The certificate authority in {folder} cannot be opened or made: {e.Message} Restore {KeyName} and {CertificateName}, " +
                "or remove both; another authority is then made, which phones have to install anew.", e);
        }
    }

    /// <returns>A certificate with its key, good for the names and addresses from now on.</returns>
    public X509Certificate2 Issue(MachineNames machine, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(
            new X500DistinguishedName($"CN={machine.Names[0]}"), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var name in machine.Names) names.AddDnsName(name);
        foreach (var address in machine.Addresses.Append(IPAddress.Loopback).Append(IPAddress.IPv6Loopback)) names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1", "serverAuth")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Root, true, false));
        var (from, until) = (now - Backdated, now + Lifetime);
        using var signed = request.Create(
            Root, from < Root.NotBefore ? Root.NotBefore : from, until > Root.NotAfter ? Root.NotAfter : until,
            RandomNumberGenerator.GetBytes(16));
        return signed.CopyWithPrivateKey(key);
    }

    public void Dispose() => Root.Dispose();

    private static ECDsa OpenKey(string file)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        if (!File.Exists(file)) Place(file, key.ExportPkcs8PrivateKeyPem());
        key.ImportFromPem(File.ReadAllText(file));
        return key;
    }

    /// <summary>Of several processes that start at once, the first one's file stands.</summary>
    private static void Place(string file, string text)
    {
        var unfinished = $"{file}.{Guid.NewGuid():N}";
        var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(unfinished, create))
        using (var writer = new StreamWriter(stream)) writer.WriteLine(text);
        try
        {
            File.Move(unfinished, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(unfinished);
        }
    }

    private static string NewRoot(ECDsa key, DateTimeOffset now)
    {
        var request = new CertificateRequest(
            new X500DistinguishedName($"CN=FaceAttendance on {Dns.GetHostName()}"), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var root = request.CreateSelfSigned(now - Backdated, now + RootLifetime);
        return root.ExportCertificatePem();
    }
}
