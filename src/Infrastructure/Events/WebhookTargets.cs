using System.Net;
using System.Net.Sockets;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>A connection was not made because of where it would lead.</summary>
internal sealed class TargetRefusedException(string message) : IOException(message);

/// <summary>
/// Keeps endpoints made over the API from reaching into networks that are not theirs: every address of a host is judged when the endpoint
/// is made, and again when a connection is opened, which then goes to the very address that was judged. Thread-safe.
/// </summary>
internal sealed class WebhookTargets(IOptions<WebhookOptions> options) : IWebhookTargets
{
    private static readonly TimeSpan LongestResolution = TimeSpan.FromSeconds(5);

    // IANA's IPv4 Special-Purpose Address Registry without what is globally reachable; multicast and the reserved rest besides.
    private static readonly IPNetwork[] Special4 =
    [
        .. Networks(
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    ];

    // Of IPv6 only what is handed out as global unicast is public, without its special parts: Teredo and 6to4 lead to whatever IPv4 address
    // they hold.
    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] Special6 = [.. Networks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")];

    // The well-known prefix by which IPv6-only networks reach IPv4 (RFC 6052).
    private static readonly IPNetwork Nat64 = IPNetwork.Parse("64:ff9b::/96");

    // What a school calls its own network. Link-local is not among them: cloud machines tell their secrets there.
    private static readonly IPNetwork[] Private =
    [
        .. Networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "::1/128", "fc00::/7"),
    ];

    private readonly IPNetwork[] _allowed =
        [.. options.Value.AllowPrivate ? Private : [], .. TryParseNetworks(options.Value.AllowNetworks) ?? []];

    public async Task<Error?> CheckAsync(Uri url, CancellationToken ct)
    {
        IPAddress[] addresses;
        try
        {
            addresses = await ResolveAsync(url.IdnHost, ct);
        }
        catch (SocketException)
        {
            return WebhookErrors.Unresolvable;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return WebhookErrors.Unresolvable;
        }
        if (addresses.Length == 0) return WebhookErrors.Unresolvable;
        if (!addresses.All(IsReachable)) return WebhookErrors.TargetRefused;
        return url.Scheme == Uri.UriSchemeHttps || addresses.All(IsAllowedByOperator) ? null : WebhookErrors.HttpsRequired;
    }

    /// <summary>Opens a connection for the HTTP client, to addresses judged in this moment.</summary>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var addresses = await ResolveAsync(context.DnsEndPoint.Host, ct);
        if (!addresses.All(IsReachable)) throw new TargetRefusedException("the host leads to an address that is not allowed");
        if (context.InitialRequestMessage.RequestUri!.Scheme != Uri.UriSchemeHttps && !addresses.All(IsAllowedByOperator))
        {
            throw new TargetRefusedException("plain http to a public address is not allowed");
        }
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether an endpoint may lie there.</summary>
    internal bool IsReachable(IPAddress address) => IsPublic(address) || IsAllowedByOperator(address);

    /// <returns>None for null; null when the text is something else than networks.</returns>
    internal static IReadOnlyList<IPNetwork>? TryParseNetworks(string? text)
    {
        var networks = new List<IPNetwork>();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!part.Contains('/', StringComparison.Ordinal) || !IPNetwork.TryParse(part, out var network)) return null;
            networks.Add(network);
        }
        return networks;
    }

    private static bool IsPublic(IPAddress address)
    {
        if (Unwrapped(address) is var plain && plain.AddressFamily == AddressFamily.InterNetwork)
            return !Special4.Any(n => n.Contains(plain));
        return Global6.Contains(plain) && !Special6.Any(n => n.Contains(plain));
    }

    private bool IsAllowedByOperator(IPAddress address)
    {
        var plain = Unwrapped(address);
        return _allowed.Any(n => n.Contains(plain));
    }

    /// <summary>The IPv4 address that an IPv6 one stands for.</summary>
    internal static IPAddress Unwrapped(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6
            && Nat64.Contains(address) ? new IPAddress(address.GetAddressBytes().AsSpan(12)) : address;
    }

    internal static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct)
    {
        if (IPAddress.TryParse(host, out var literal)) return [literal];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(LongestResolution);
        return await Dns.GetHostAddressesAsync(host, limit.Token);
    }

    private static IEnumerable<IPNetwork> Networks(params string[] networks) => networks.Select(n => IPNetwork.Parse(n));
}
