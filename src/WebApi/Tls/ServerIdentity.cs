using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FaceAttendance.Application;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Tls;

/// <summary>
/// The certificate that the server shows: the one that is given, read again when its file is replaced, or one of its own authority, made
/// anew before it ends and when the machine's addresses change. Callers who are connected notice nothing. Thread-safe.
/// </summary>
internal sealed partial class ServerIdentity(
    IOptions<TlsOptions> options, IHostEnvironment environment, TimeProvider clock, ILogger<ServerIdentity> log) : BackgroundService
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMinutes(1);

    // Of a certificate's life, how much may be left before another is made.
    private static readonly TimeSpan Early = LanAuthority.Lifetime / 3;

    private readonly Lock _lock = new();
    private LanAuthority? _authority;
    private Shown? _shown;

    /// <summary>Whether it is the server that says who it is; otherwise configuration or a proxy does.</summary>
    public bool IsOn => options.Value.Lan || options.Value.CertificateFile is not null;

    /// <summary>The authority's certificate, for whoever is to trust it; null where a certificate is given.</summary>
    public X509Certificate2? Root => IsOn && options.Value.CertificateFile is null ? Authority.Root : null;

    /// <summary>The names that it stands for, without those for any: of a certificate that is given.</summary>
    public IReadOnlyList<string> GivenNames => !IsOn || options.Value.CertificateFile is null ? []
        : [.. (Current.TargetCertificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault()
            ?.EnumerateDnsNames() ?? []).Where(name => !name.StartsWith('*'))];

    /// <exception cref="StartupException">What is given is no certificate with its key.</exception>
    public SslStreamCertificateContext Current
    {
        get
        {
            lock (_lock) return (_shown ??= Make(MachineNames.Read())).Context;
        }
    }

    private LanAuthority Authority
    {
        get
        {
            lock (_lock)
            {
                return _authority ??= LanAuthority.Open(
                    options.Value.Folder ?? Path.Combine(environment.ContentRootPath, ".data", "tls"), clock.GetUtcNow());
            }
        }
    }

    /// <summary>Makes or reads another certificate where that is due.</summary>
    internal void Renew(MachineNames machine)
    {
        lock (_lock)
        {
            if (_shown is not { } shown || !IsDue(shown, machine)) return;
            try
            {
                _shown = Make(machine);
                Log.Renewed(log, _shown.Context.TargetCertificate.NotAfter.ToUniversalTime());
            }
            catch (StartupException e)
            {
                // The one before is shown until a good one lies there.
                Log.NotRenewed(log, e.Message);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!IsOn) return;
        using var timer = new PeriodicTimer(BetweenLooks, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken)) Renew(MachineNames.Read());
    }

    private bool IsDue(Shown shown, MachineNames machine) => options.Value.CertificateFile is { } file
        ? File.Exists(file) && File.GetLastWriteTimeUtc(file) != shown.WrittenAt
        : shown.Context.TargetCertificate.NotAfter.ToUniversalTime() - clock.GetUtcNow().UtcDateTime < Early || shown.Machine != machine;

    private Shown Make(MachineNames machine)
    {
        if (options.Value.CertificateFile is not { } file)
        {
            var issued = Authority.Issue(machine, clock.GetUtcNow());
            return new(SslStreamCertificateContext.Create(issued, null, offline: true), machine, default);
        }
        try
        {
            var writtenAt = File.GetLastWriteTimeUtc(file);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            var own = X509Certificate2.CreateFromPemFile(file, options.Value.KeyFile ?? file);
            return new(SslStreamCertificateContext.Create(own, chain, offline: true), machine, writtenAt);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new StartupException(
                $"TLS_CERTIFICATE_FILE ({file}) and TLS_KEY_FILE do not hold a certificate and its key in PEM: {e.Message}", e);
        }
    }

    private sealed record Shown(SslStreamCertificateContext Context, MachineNames Machine, DateTime WrittenAt);

    private static partial class Log
    {
        [LoggerMessage(1820, LogLevel.Information, "The server shows another certificate, which is good until {Until:u}.")]
        public static partial void Renewed(ILogger logger, DateTime until);

        [LoggerMessage(1821, LogLevel.Warning, "{Reason} The certificate of before is shown on.")]
        public static partial void NotRenewed(ILogger logger, string reason);
    }
}

internal static class ServerTls
{
    public static void AddServerTls(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<TlsOptions>().BindConfiguration("Tls");
        builder.Services.AddSingleton<ServerIdentity>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ServerIdentity>());
        builder.Services.AddSingleton<ServerAddresses>();
        builder.Services.AddHostedService<LanBanner>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            var identity = kestrel.ApplicationServices.GetRequiredService<ServerIdentity>();
            if (!identity.IsOn) return;
            kestrel.ConfigureHttpsDefaults(https =>
            {
                // Asked at each handshake, so that another certificate takes effect with the next.
                https.ServerCertificateSelector = (_, _) => identity.Current.TargetCertificate;
                https.OnAuthenticate = (_, handshake) =>
                {
                    handshake.ServerCertificateSelectionCallback = null;
                    handshake.ServerCertificateContext = identity.Current;
                };
                // What is given and wrong ends the start.
                _ = identity.Current;
            });
        });
    }

    /// <summary>The authority's certificate at /ca.crt, as phones install it: from this machine, or over TLS.</summary>
    public static void UseTlsRoot(this WebApplication app) => app.Use((http, next) =>
    {
        var identity = http.RequestServices.GetRequiredService<ServerIdentity>();
        var isNear = http.Connection.RemoteIpAddress is { } peer && System.Net.IPAddress.IsLoopback(peer);
        if (http.Request.Path != "/ca.crt" || !HttpMethods.IsGet(http.Request.Method) || !(isNear || http.Request.IsHttps)
            || identity.Root is not { } root) return next(http);
        http.Response.ContentType = "application/x-x509-ca-cert";
        return http.Response.Body.WriteAsync(root.RawData, http.RequestAborted).AsTask();
    });
}
