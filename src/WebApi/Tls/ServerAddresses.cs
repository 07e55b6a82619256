using System.Net;
using FaceAttendance.WebApi.Operations;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace FaceAttendance.WebApi.Tls;

/// <summary>At which addresses others reach the server's pages, as far as the server itself can tell.</summary>
internal sealed class ServerAddresses(IServer server, ServerIdentity identity)
{
    /// <summary>The best first; empty when it listens on no network, or before it listens.</summary>
    public IReadOnlyList<string> Read()
    {
        var bound = (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).Select(BindingAddress.Parse)
            .Where(a => !Loopback.IsHost(a.Host)).OrderByDescending(a => a.Scheme == Uri.UriSchemeHttps);
        return [.. bound.SelectMany(a => HostsOf(a.Host).Select(host => AddressOf(a.Scheme, host, a.Port))).Distinct()];
    }

    private IEnumerable<string> HostsOf(string bound)
    {
        var isAny = !IPAddress.TryParse(bound.Trim('[', ']'), out var literal) ? bound is "*" or "+"
            : literal.Equals(IPAddress.Any) || literal.Equals(IPAddress.IPv6Any);
        if (!isAny) return [bound];
        if (identity.GivenNames is { Count: > 0 } names) return names;
        var machine = MachineNames.Read();
        return machine.Addresses.Select(a => a.ToString()).Concat(machine.Names.Where(n => !Loopback.IsHost(n)));
    }

    private static string AddressOf(string scheme, string host, int port) =>
        new UriBuilder(scheme, host, port).Uri.GetLeftPart(UriPartial.Authority);
}
