using System.Net;
using System.Net.Sockets;

namespace FaceAttendance.WebApi.Operations;

/// <summary>A list of addresses and networks as operators write it: <c>10.0.0.1, 10.1.0.0/16</c>.</summary>
internal static class AddressList
{
    /// <returns>An address alone as a network of one; null when something in the list is neither.</returns>
    public static IReadOnlyList<IPNetwork>? Parse(string? list)
    {
        var networks = new List<IPNetwork>();
        foreach (var item in (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (IPNetwork.TryParse(item, out var network)) networks.Add(network);
            else if (IPAddress.TryParse(item, out var address))
                networks.Add(new(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128));
            else return null;
        }
        return networks;
    }
}

/// <summary>A list of web origins: <c>https://school.example, https://admin.school.example:8443</c>.</summary>
internal static class Origins
{
    /// <returns>Null when something in the list is no origin, spelled as browsers send it.</returns>
    public static IReadOnlySet<string>? Parse(string? list)
    {
        var origins = (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToHashSet();
        return origins.All(IsOrigin) ? origins : null;
    }

    private static bool IsOrigin(string text) => Uri.TryCreate(text, UriKind.Absolute, out var page)
        && (page.Scheme == Uri.UriSchemeHttp || page.Scheme == Uri.UriSchemeHttps)
        && text == page.GetLeftPart(UriPartial.Authority);
}
