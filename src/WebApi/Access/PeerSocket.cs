using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;

namespace FaceAttendance.WebApi.Access;

/// <summary>
/// Whose program holds the other end of a connection within this machine. Linux tells it of every socket (proc(5), /proc/net/tcp);
/// elsewhere it cannot be told.
/// </summary>
internal static class PeerSocket
{
    private static readonly object Known = new();
    private static readonly Lazy<string?> Self = new(ReadOwnUser);

    /// <summary>Whether the peer's socket belongs to the user that this server runs as. Looked up once a connection; false when it cannot
    /// be told.</summary>
    public static bool IsOfThisUser(HttpContext http)
    {
        var items = http.Features.Get<IConnectionItemsFeature>()?.Items;
        if (items is not null && items.TryGetValue(Known, out var known)) return known is true;
        var connection = http.Connection;
        var isOwn = connection is { RemoteIpAddress: { } peer, LocalIpAddress: { } own } && Self.Value is { } self
            && OwnerOf(new(peer, connection.RemotePort), new(own, connection.LocalPort)) == self;
        if (items is not null) items[Known] = isOwn;
        return isOwn;
    }

    /// <param name="socket">The socket's own end.</param>
    /// <param name="towards">Its other end.</param>
    /// <returns>The numeric user id; null when there is no such socket, or its program has closed it.</returns>
    internal static string? OwnerOf(IPEndPoint socket, IPEndPoint towards)
    {
        var mapped = (Socket: Hex(socket.Address.MapToIPv6(), socket.Port), Towards: Hex(towards.Address.MapToIPv6(), towards.Port));
        // A program that opens a socket for both families is listed with IPv4 addresses written as IPv6 ones.
        if (Find("/proc/net/tcp6", mapped.Socket, mapped.Towards) is { } owner) return owner;
        return Plain(socket.Address) is { } from && Plain(towards.Address) is { } to
            ? Find("/proc/net/tcp", Hex(from, socket.Port), Hex(to, towards.Port))
            : null;
    }

    private static IPAddress? Plain(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork ? address : address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : null;

    private static string? Find(string table, string socket, string towards)
    {
        try
        {
            foreach (var line in File.ReadLines(table))
            {
                // sl, local, remote, state, queues, timer, retransmits, user, timeouts, inode.
                var fields = line.Split(' ', 11, StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length < 10 || fields[1] != socket || fields[2] != towards) continue;
                // A socket that no program holds any more is listed as the administrator's, without an inode.
                return fields[9] == "0" ? null : fields[7];
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Another system than Linux.
        }
        return null;
    }

    /// <summary>As the tables write it: words of 32 bits in the machine's own byte order, all in hexadecimal.</summary>
    private static string Hex(IPAddress address, int port)
    {
        var bytes = address.GetAddressBytes();
        var words = Enumerable.Range(0, bytes.Length / 4)
            .Select(i => BitConverter.ToUInt32(bytes, i * 4).ToString("X8", CultureInfo.InvariantCulture));
        return $"{string.Concat(words)}:{port.ToString("X4", CultureInfo.InvariantCulture)}";
    }

    private static string? ReadOwnUser()
    {
        try
        {
            // Uid: real, effective, saved, file system. A socket is made as the last.
            return File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("Uid:", StringComparison.Ordinal))
                ?.Split('\t', StringSplitOptions.RemoveEmptyEntries).Last();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
