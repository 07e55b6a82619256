using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Tls;

/// <summary>Says to whoever started the server for the network how a phone gets there.</summary>
internal sealed class LanBanner(ServerAddresses addresses, ServerIdentity identity, IOptions<TlsOptions> options) : IHostedLifecycleService
{
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.Lan || addresses.Read() is not [var first, ..] all) return;
        using var code = new QrPicture(first);
        await Console.Out.WriteLineAsync($"\n{code.ToText()}\nOn phones: {string.Join("  ", all)}");
        if (identity.Root is { } root)
        {
            await Console.Out.WriteLineAsync(
                $"Phones trust it once they have installed {first}/ca.crt (docs/phones.md). Its SHA-256:\n  " +
                root.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256));
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
