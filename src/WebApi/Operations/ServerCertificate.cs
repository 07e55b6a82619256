using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FaceAttendance.Application.Notices;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace FaceAttendance.WebApi.Operations;

/// <summary>
/// The certificate in force, by a handshake with this server's own address: whichever way it was given, that is what callers see. Behind a
/// proxy that ends TLS there is none here.
/// </summary>
internal sealed class ServerCertificate(IServer server, TimeProvider clock) : IServerCertificate
{
    // It changes with the server's start, or when a file is replaced.
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private (long At, CertificateState? State)? _known;

    public async Task<CertificateState?> ReadAsync(CancellationToken ct)
    {
        if (_known is { } known && clock.GetElapsedTime(known.At) < Remembered) return known.State;
        var address = server.Features.Get<IServerAddressesFeature>()?.Addresses.Select(BindingAddress.Parse)
            .FirstOrDefault(a => a.Scheme == Uri.UriSchemeHttps);
        // Before it listens there is nothing to remember.
        if (address is null) return null;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            var state = await AskAsync(address, patience.Token);
            _known = (clock.GetTimestamp(), state);
            return state;
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException
            || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            // A server that is too busy to shake hands shows the one of before.
            return _known?.State;
        }
    }

    /// <summary>What a server shows at an address.</summary>
    internal static async Task<CertificateState?> AskAsync(BindingAddress address, CancellationToken ct)
    {
        var host = address.Host.Trim('[', ']');
        var at = !IPAddress.TryParse(host, out var literal) ? IPAddress.Loopback
            : literal.Equals(IPAddress.Any) ? IPAddress.Loopback : literal.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : literal;
        using var client = new TcpClient(at.AddressFamily);
        await client.ConnectAsync(at, address.Port, ct);
        CertificateState? seen = null;
        // Only looked at: whether it is trusted is for those who call.
        using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, (_, certificate, _, _) =>
        {
            seen = certificate is null ? null : StateOf(certificate);
            return seen is not null;
        });
        var name = IPAddress.TryParse(host, out _) ? "" : host;
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name }, ct);
        return seen;
    }

    private static CertificateState StateOf(X509Certificate shown)
    {
        using var certificate = new X509Certificate2(shown);
        return new(
            certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false),
            certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true),
            certificate.NotBefore, certificate.NotAfter, certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant());
    }
}
