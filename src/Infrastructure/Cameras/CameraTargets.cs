using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using FaceAttendance.Application;
using FaceAttendance.Application.Cameras;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Infrastructure.Events;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Cameras;

/// <summary>
/// Keeps cameras made over the API from being a way to look into the server's own machine: every address of a host is judged when the
/// camera is made, and again whenever it is opened, and paths must be such as the operator named. Thread-safe.
/// </summary>
internal sealed class CameraTargets : ICameraTargets
{
    // Cameras lie in private networks, or on the internet. None is this machine, an unconfigured one, many at once, or a cloud's source of
    // secrets.
    private static readonly IPNetwork[] Refused =
    [
        .. new[]
        {
            "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "100.100.100.200/32", "192.0.0.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/127",
            "fe80::/10", "fd00:ec2::/32", "ff00::/8", "2002::/16", "2001::/32",
        }.Select(n => IPNetwork.Parse(n)),
    ];

    private readonly IReadOnlyList<IPNetwork> _allowed;
    private readonly IReadOnlyList<string> _paths;

    public CameraTargets(IOptions<CameraOptions> options)
    {
        _allowed = WebhookTargets.TryParseNetworks(options.Value.AllowNetworks)
            ?? throw new StartupException("CAMERA_ALLOW_NETWORKS must be networks separated by commas, such as 127.0.0.0/8.");
        _paths = [.. (options.Value.Paths ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
    }

    public async Task<Error?> CheckAsync(CameraSource source, CancellationToken ct)
    {
        switch (source)
        {
            case CameraSource.Network network:
                if (await FindAsync(network.Address.IdnHost, ct) is not { } addresses) return CameraErrors.Unresolvable;
                return addresses.All(IsReachable) ? null : CameraErrors.TargetRefused;
            case CameraSource.Device or CameraSource.Video:
                return RealPathOf(source.Shown) is null ? CameraErrors.PathRefused : null;
            default:
                return null;
        }
    }

    /// <summary>Opens a connection to addresses that are judged in this moment.</summary>
    /// <exception cref="IOException">It may not be opened, or cannot.</exception>
    public async Task<Socket> ConnectAsync(string host, int port, CancellationToken ct)
    {
        var addresses = await FindAsync(host, ct) ?? throw new IOException("the host name cannot be resolved");
        if (!addresses.All(IsReachable)) throw new IOException("the address is not one that a camera may have");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, ct);
            return socket;
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"no connection ({e.SocketErrorCode})", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <returns>Where the path leads, all links followed; null where that is not allowed.</returns>
    public string? RealPathOf(string path)
    {
        var real = Follow(path);
        return real is not null && _paths.Select(Follow).Any(
            p => p is not null && (real == p || real.StartsWith(p.TrimEnd('/') + "/", StringComparison.Ordinal))) ? real : null;
    }

    internal bool IsReachable(IPAddress address)
    {
        var plain = WebhookTargets.Unwrapped(address);
        if (_allowed.Any(n => n.Contains(plain))) return true;
        return !Refused.Any(n => n.Contains(plain)) && !IsOwn(plain);
    }

    private static async Task<IPAddress[]?> FindAsync(string host, CancellationToken ct)
    {
        try
        {
            var found = await WebhookTargets.ResolveAsync(host, ct);
            return found.Length > 0 ? found : null;
        }
        catch (SocketException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    // What listens on this machine's other addresses is no more for others than what listens on loopback.
    private static bool IsOwn(IPAddress address) => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(i => i.GetIPProperties().UnicastAddresses).Any(a => a.Address.Equals(address));

    // A camera that is unplugged has no entry until it is plugged in again.
    private static FileSystemInfo? LinkTargetOf(FileSystemInfo entry)
    {
        try
        {
            return entry.ResolveLinkTarget(returnFinalTarget: true);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static string? Follow(string path)
    {
        try
        {
            var real = "/";
            foreach (var part in Path.GetFullPath(path).Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                real = Path.Combine(real, part);
                FileSystemInfo entry = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
                if (LinkTargetOf(entry) is not { } target) continue;
                // The target's own folders may be links too.
                if (Follow(target.FullName) is not { } followed) return null;
                real = followed;
            }
            return real;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
