using System.Net;
using System.Net.Sockets;

namespace FaceAttendance.WebApi.Access;

/// <summary>Where a request comes from, as far as callers are told apart by it.</summary>
internal static class CallerAddress
{
    /// <summary>The peer's address, or the client's behind a trusted proxy. Of IPv6 the network: a household or a host has all of a /64 to
    /// itself.</summary>
    public static string Of(HttpContext http)
    {
        if (http.Connection.RemoteIpAddress is not { } address) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address.ToString();
        var network = address.GetAddressBytes();
        network.AsSpan(8).Clear();
        return new IPAddress(network) + "/64";
    }
}
