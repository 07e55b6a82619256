using StackExchange.Redis;

namespace FaceAttendance.Infrastructure.Broadcast;

/// <summary>How live events travel between processes. Section: <c>Broadcast</c>.</summary>
public sealed class BroadcastOptions
{
    private const string Plain = "redis";
    private const string OverTls = "rediss";

    // Redis' own.
    private const int UsualPort = 6379;

    /// <summary>REDIS_URL: such as <c>redis://:password@10.0.0.5:6379</c>, or <c>rediss://</c> for TLS. Null: over PostgreSQL.</summary>
    public string? Redis { get; set; }

    public override string ToString() => $"BroadcastOptions({(Redis is null ? "PostgreSQL" : "Redis")})";

    public static bool IsAddress(string url) => Parse(url) is not null;

    /// <returns>Null for what is no address of Redis.</returns>
    internal static ConfigurationOptions? Parse(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not (Plain or OverTls) || address.Host.Length == 0
            || address.AbsolutePath is not ("" or "/") || address.Query.Length > 0)
        {
            return null;
        }
        var credentials = address.UserInfo.Split(':', 2);
        return new ConfigurationOptions
        {
            EndPoints = { { address.Host, address.Port < 0 ? UsualPort : address.Port } },
            User = credentials[0] is { Length: > 0 } user ? Uri.UnescapeDataString(user) : null,
            Password = credentials.Length > 1 ? Uri.UnescapeDataString(credentials[1]) : null,
            Ssl = address.Scheme == OverTls,
            SslHost = address.Scheme == OverTls ? address.Host : null,
            ClientName = "faceattendance",
            // A server starts and works without Redis, which may come later or back.
            AbortOnConnectFail = false,
            // What could not be told at once is old by the time that it could be.
            BacklogPolicy = BacklogPolicy.FailFast,
            ConnectTimeout = 2000,
            AsyncTimeout = 2000,
            KeepAlive = 10,
            ReconnectRetryPolicy = new LinearRetry(500),
        };
    }
}
