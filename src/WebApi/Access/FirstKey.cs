using FaceAttendance.Application;
using FaceAttendance.Infrastructure.Access;
using FaceAttendance.WebApi.Operations;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Access;

/// <summary>
/// Sees to it that somebody may call before the server listens. In the host's first phase, after the database is ready: a first start in
/// Development prints a first key, and a server that other machines could reach while there are no credentials does not start.
/// </summary>
internal sealed partial class FirstKey(
    OperatorAccess access, IOptions<AccessOptions> options, IConfiguration configuration, IHostEnvironment environment,
    ILogger<FirstKey> logger)
    : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (environment.IsDevelopment()) Log.OpenToThisUser(logger);
        if (options.Value.AdminKey is { Length: > 0 }) return;
        // Printed for whoever sits at this machine; a server for others gets its key before it starts, from somebody who waits for it.
        var exposed = Listening.AddressesBeyondThisMachine(configuration);
        if (exposed.Count > 0)
        {
            if (await access.AnybodyMayCallAsync(cancellationToken)) return;
            throw new StartupException(
                $"The server would listen on {string.Join(", ", exposed)}, which other machines may reach, and no credentials exist " +
                "yet. Start it for this machine alone first and make the first administrator on its page, make a key by starting it once " +
                $"with {OperatorCommands.IssueAdminKey}, or give one in {ContractVariables.AdminKeyFile}; "
                + $"or listen on a loopback address, such as {Listening.DefaultAddress} (--urls or ASPNETCORE_URLS).");
        }
        if (!environment.IsDevelopment())
        {
            // What a service prints is kept and shipped with its log.
            if (!await access.AnybodyMayCallAsync(cancellationToken))
                Log.NobodyMayCall(logger, OperatorCommands.IssueAdminKey, ContractVariables.AdminKeyFile);
            return;
        }
        if (await access.TryIssueFirstKeyAsync(cancellationToken) is { } key)
        {
            await Console.Out.WriteLineAsync(
                $"""
                This is the first start. An administrator's key, shown this once:
                  {key.Reveal()}
                Send it as "Authorization: Bearer …" or "X-Api-Key: …". If it is lost, {OperatorCommands.IssueAdminKey} makes another.
                """);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(1811, LogLevel.Warning,
            "In Development every program of this user on this machine is an administrator without credentials. Before a proxy is put " +
            "in front, set ASPNETCORE_ENVIRONMENT=Production.")]
        public static partial void OpenToThisUser(ILogger logger);

        [LoggerMessage(1812, LogLevel.Warning,
            "There are no credentials yet, so nobody may call. Run the server program with {Command} on this machine to print an " +
            "administrator's key, or give one in {Variable}.")]
        public static partial void NobodyMayCall(ILogger logger, string command, string variable);
    }
}
