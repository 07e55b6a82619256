using System.Net;
using System.Net.Sockets;
using FaceAttendance.Application;
using FaceAttendance.WebApi.Requests;
using FaceAttendance.WebApi.Tls;

namespace FaceAttendance.WebApi.Operations;

/// <summary>Where the server listens, and how much it takes from one connection.</summary>
internal static class Listening
{
    /// <summary>The base URL that the contract's clients are set to.</summary>
    public const string DefaultAddress = "http://127.0.0.1:8000";

    // Phones on the network get the one, programs and the set-up page on this machine the other.
    private static readonly string[] LanAddresses = ["https://*:8443", DefaultAddress];

    /// <summary>The arguments as settings: <c>--lan</c> has no value of its own, which settings want.</summary>
    public static string[] SettingsOf(string[] args) =>
        [.. args.Select(a => a == TlsOptions.Argument ? $"--{TlsOptions.LanSetting}=true" : a)];

    public static void AddListening(this WebApplicationBuilder builder)
    {
        if (ConfiguredAddresses(builder.Configuration).Count == 0) builder.WebHost.UseUrls(UsualAddresses(builder.Configuration));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = UploadForm.MaxReadOverBytes;
            // Against clients that hold connections by sending or reading a byte now and then. A photo over a slow uplink is far quicker.
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
            kestrel.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
            kestrel.Limits.MinResponseDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        });
    }

    /// <summary>Those of the configured addresses that other machines may reach.</summary>
    /// <exception cref="StartupException">One is no address at all.</exception>
    public static IReadOnlyList<string> AddressesBeyondThisMachine(IConfiguration configuration) =>
        [.. AddressesOf(configuration).Where(address => !IsLoopback(address))];

    /// <summary>Where the server listens.</summary>
    public static IReadOnlyList<string> AddressesOf(IConfiguration configuration) =>
        ConfiguredAddresses(configuration) is { Count: > 0 } configured ? configured : UsualAddresses(configuration);

    private static string[] UsualAddresses(IConfiguration configuration) =>
        configuration.GetValue<bool>(TlsOptions.LanSetting) ? LanAddresses : [DefaultAddress];

    /// <summary>Every address that configuration asks for, in the places where ASP.NET Core looks.</summary>
    private static List<string> ConfiguredAddresses(IConfiguration configuration)
    {
        var addresses = new List<string>();
        // Kestrel's own section overrides the rest, but naming all that is configured errs on the safe side.
        foreach (var endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            if (endpoint["Url"] is { Length: > 0 } url) addresses.Add(url);
        }
        if (configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls)
        {
            addresses.AddRange(urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
            return addresses;
        }
        // A port alone means every network interface.
        foreach (var (key, scheme) in new[] { (WebHostDefaults.HttpPortsKey, "http"), (WebHostDefaults.HttpsPortsKey, "https") })
        {
            foreach (var port in (configuration[key]
                ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                addresses.Add($"{scheme}://*:{port}");
            }
        }
        return addresses;
    }

    private static bool IsLoopback(string address)
    {
        BindingAddress binding;
        try
        {
            binding = BindingAddress.Parse(address);
        }
        catch (FormatException e)
        {
            throw new StartupException($"'{address}' is no address to listen on; give one such as {DefaultAddress}.", e);
        }
        return Loopback.IsHost(binding.Host);
    }
}

/// <summary>What counts as this very machine.</summary>
internal static class Loopback
{
    /// <param name="host">A name or an address as it stands in a URL or a Host header, without the port; IPv6 with or without
    /// brackets.</param>
    public static bool IsHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.AsSpan().TrimStart('[').TrimEnd(']'), out var ip) && IPAddress.IsLoopback(ip) && IsPlain(host, ip));

    // IPAddress also reads "127.1", "2130706433" and "0x7f.0.0.1". No client of ours writes them, and no two parsers agree on them.
    private static bool IsPlain(string host, IPAddress ip) => ip.AddressFamily == AddressFamily.InterNetworkV6 || host == ip.ToString();
}
