using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace FaceAttendance.WebApi.Tls;

/// <summary>What others on the network may call this machine by.</summary>
/// <param name="Names">At least one.</param>
/// <param name="Addresses">The one first by which it reaches others.</param>
internal sealed record MachineNames(IReadOnlyList<string> Names, IReadOnlyList<IPAddress> Addresses)
{
    public static MachineNames Read()
    {
        var host = Dns.GetHostName().ToLowerInvariant();
        // A certificate names no host with other characters.
        if (host.Length is 0 or > 60 || !host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.')) host = "localhost";
        string[] names = host == "localhost" ? [host] : host.Contains('.', StringComparison.Ordinal) ? [host, "localhost"]
            : [host, $"{host}.local", "localhost"];
        var interfaces =
            from one in NetworkInterface.GetAllNetworkInterfaces()
            where one.OperationalStatus == OperationalStatus.Up && one.NetworkInterfaceType != NetworkInterfaceType.Loopback
            let properties = one.GetIPProperties()
            orderby properties.GatewayAddresses.Count > 0 descending, one.Name
            from address in properties.UnicastAddresses
            where address.Address.AddressFamily == AddressFamily.InterNetwork || !address.Address.IsIPv6LinkLocal
            select address.Address;
        return new(names, [.. interfaces.OrderBy(a => a.AddressFamily == AddressFamily.InterNetworkV6).Distinct()]);
    }

    public bool Equals(MachineNames? other) =>
        other is not null && Names.SequenceEqual(other.Names) && Addresses.ToHashSet().SetEquals(other.Addresses);

    public override int GetHashCode() => Names.Count;
}
