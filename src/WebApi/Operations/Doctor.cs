using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using FaceAttendance.Application;
using FaceAttendance.Application.Notices;
using FaceAttendance.Infrastructure;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.Infrastructure.Operations;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Operations;

/// <summary>
/// Examines this installation beside a running server or without one, and says of everything that is wrong what to do. Changes nothing.
/// </summary>
internal static class Doctor
{
    public const string Name = "--doctor";

    private const string Json = "--json";
    private const string Settings = "settings";
    private const string Port = "port";

    // Enough for an event log and a day's photos that are being imported; below the least, PostgreSQL beside it stops too.
    private const long LowBytes = 1L << 30;
    private const long LeastBytes = 100L << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <returns>1 when something is at fault, else 0.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var found = new List<Finding>();
        string[] given = [.. args.Where(a => a is not (Name or Json))];
        ExamineVariables(found);
        await using var services = BuildWithoutWrongSettings(given, found);
        await GuardAsync(found, "engines", ExamineEngines);
        if (services is not null)
        {
            var configuration = services.GetRequiredService<IConfiguration>();
            var clock = services.GetRequiredService<TimeProvider>();
            await GuardAsync(found, Settings, () => Validate(services));
            await GuardAsync(found, "models", () => ExamineModels(services.GetRequiredService<IOptions<InferenceOptions>>().Value));
            await GuardAsync(
                found, "database",
                () => services.GetRequiredService<ServerExamination>().RunAsync(IsDatabaseNamed(configuration), default));
            foreach (var address in Listening.AddressesOf(configuration)) await GuardAsync(found, Port,
                () => ExamineAddressAsync(address, clock));
        }
        if (services is not null)
        {
            await GuardAsync(found, "backup", () => [
                ServerExamination.JudgeBackup(
                    services.GetRequiredService<IBackups>().Look(), services.GetRequiredService<TimeProvider>().GetUtcNow()),
            ]);
        }
        await GuardAsync(found, "disk", () => [JudgeDisk(DataFolder, new DriveInfo(DataFolder).AvailableFreeSpace)]);
        Tell(found, args.Contains(Json));
        return found.Any(f => f.State == FindingState.Fault) ? 1 : 0;
    }

    internal static Finding JudgeDisk(string folder, long freeBytes)
    {
        var free = string.Create(CultureInfo.InvariantCulture, $"{freeBytes / (1 << 20):N0} MiB are free where {folder} lies");
        return freeBytes switch
        {
            < LeastBytes => Finding.Fault("disk", $"{free}: the disk is full. Remove what is not needed there, or make it larger."),
            < LowBytes => Finding.Warning("disk", $"{free}. Make room there before it is full."),
            _ => Finding.Ok("disk", $"{free}."),
        };
    }

    // What run.sh and the server in Development keep, a database among it, and else the folder that the server runs in.
    internal static string DataFolder =>
        Path.Combine(
            Directory.GetCurrentDirectory(), ".data") is var data && Directory.Exists(data) ? data : Directory.GetCurrentDirectory();

    private static bool IsDatabaseNamed(IConfiguration configuration) =>
        configuration[ContractVariables.ConnectionStringSetting] != NoDatabase;

    // Names nothing, and lets everything else be set up and looked at.
    private const string NoDatabase = "Host=/nonexistent";

    private static void ExamineVariables(List<Finding> found)
    {
        found.AddRange(
            UnknownVariables.CheckEnvironment(Environment.GetEnvironmentVariables()).Select(line => Finding.Warning(Settings, line)));
        try
        {
            var inFile = DotEnv.Load(Directory.GetCurrentDirectory());
            found.AddRange(UnknownVariables.Check(inFile, DotEnv.FileName).Select(line => Finding.Warning(Settings, line)));
        }
        catch (StartupException e)
        {
            found.AddRange(e.Message.Split(Environment.NewLine).Select(line => Finding.Fault(Settings, line)));
        }
    }

    /// <returns>What the server would be made of without the settings that do not parse; null when not even that can be said.</returns>
    private static ServiceProvider? BuildWithoutWrongSettings(string[] args, List<Finding> found)
    {
        var complaints = ContractVariables.Complaints(WebApplication.CreateSlimBuilder(args).Configuration);
        found.AddRange(complaints.Select(c => Finding.Fault(Settings, c.Complaint)));
        // This process ends soon; what follows sees the rest.
        foreach (var (name, _) in complaints) Environment.SetEnvironmentVariable(name, null);
        string[] database = complaints.Any(c => c.Name == ContractVariables.ConnectionString)
            ? [$"--ConnectionStrings:Default={NoDatabase}"] : [];
        try
        {
            var builder = Program.Prepare([
                .. args.Where(a => !complaints.Any(c => a.StartsWith($"--{c.Name}=", StringComparison.OrdinalIgnoreCase))), .. database,
                "--Logging:LogLevel:Default=None", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=None",
                "--Persistence:StartupWait=00:00:02",
            ]);
            // Not the builder's own Build(), which makes what needs models that may be missing.
            return builder.Services.BuildServiceProvider();
        }
        catch (Exception e) when (StartUp.Explain(e) is { } message)
        {
            found.Add(Finding.Fault(Settings, message));
            return null;
        }
    }

    private static IEnumerable<Finding> Validate(IServiceProvider services)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
        }
        catch (StartupException)
        {
            // Some options are completed from the models, which are told of by themselves.
        }
        return [Finding.Ok(Settings, "The other settings can be used.")];
    }

    internal static IEnumerable<Finding> ExamineEngines() =>
    [
        Finding.Ok("engines", $"{Engines.Load()} are loaded."),
        Engines.ReadsHeic
            ? Finding.Ok("engines", "HEIC pictures can be read.")
            : Finding.Warning(
                "engines", "HEIC pictures of telephones cannot be read. On Debian: apt-get install libheif1 libheif-plugin-libde265."),
    ];

    private static IEnumerable<Finding> ExamineModels(InferenceOptions options)
    {
        var (profile, isStandIn) = Engines.CheckModels(options);
        yield return JudgeModels(profile, isStandIn);
    }

    internal static Finding JudgeModels(string profile, bool isStandIn) =>
        isStandIn
            ? Finding.Warning(
                "models",
                "The starter weights are used, fit for trying things out and for small groups. Run onnx-models/fetch-and-verify.sh to " +
                "get the standard ones.")
            : Finding.Ok("models", $"The weights of the profile {profile} are here and have the digests of the manifest.");

    private static async Task<IReadOnlyList<Finding>> ExamineAddressAsync(string address, TimeProvider clock)
    {
        var binding = BindingAddress.Parse(address);
        var ip = binding.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? IPAddress.Loopback
            : IPAddress.TryParse(binding.Host.Trim('[', ']'), out var literal) ? literal : IPAddress.Any;
        try
        {
            using var listener = new TcpListener(ip, binding.Port);
            listener.Start();
            return [Finding.Ok(Port, $"{address} is free; no server runs there.")];
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            var here = ip.Equals(IPAddress.Any) ? IPAddress.Loopback : ip.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : ip;
            var url = new UriBuilder(binding.Scheme, here.ToString(), binding.Port, "health/ready").Uri;
            return await AskAsync(url, address, binding.Port, clock);
        }
    }

    private static async Task<IReadOnlyList<Finding>> AskAsync(Uri url, string address, int port, TimeProvider clock)
    {
        // The certificate's name is that of the school's server, not of a loopback address.
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true, UseProxy = false };
        using var http = new HttpClient(handler) { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(url);
            var state = JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(), DoctorJson.Default.ReadyAnswer);
            if (state?.Checks is { } checks)
            {
                var failed = string.Join(", ", checks.Where(c => c.Value != "ok").Select(c => c.Key));
                var server = failed.Length == 0
                    ? Finding.Ok(Port, $"The server answers on {address} and is ready.")
                    : Finding.Fault(Port, $"The server answers on {address} and is not ready: {failed}. Its log says why.");
                var found = new List<Finding> { server };
                if (answer.Headers.Date is { } date)
                    found.Add(ServerExamination.JudgeClock($"that of the server on {address}", clock.GetUtcNow() - date));
                if (url.Scheme == Uri.UriSchemeHttps)
                {
                    using var patience = new CancellationTokenSource(Patience);
                    var shown = await ServerCertificate.AskAsync(BindingAddress.Parse(address), patience.Token);
                    found.Add(ServerExamination.JudgeCertificate(shown, clock.GetUtcNow()));
                }
                return found;
            }
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException)
        {
            // Whatever it is, it is no server of this kind.
        }
        return [Finding.Fault(Port, StartUp.InUse($"Port {port} ({address})"))];
    }

    private static Task GuardAsync(List<Finding> found, string check, Func<IEnumerable<Finding>> examine) =>
        GuardAsync(found, check, () => Task.FromResult<IReadOnlyList<Finding>>([.. examine()]));

    private static async Task GuardAsync(List<Finding> found, string check, Func<Task<IReadOnlyList<Finding>>> examine)
    {
        try
        {
            found.AddRange(await examine());
        }
        catch (Exception e)
        {
            found.AddRange(
                (StartUp.Explain(e) ?? $"{e.GetType().Name}: {e.Message}").Split(Environment.NewLine).Select(m => Finding.Fault(check, m)));
        }
    }

    private static void Tell(List<Finding> found, bool asJson)
    {
        if (asJson)
        {
            var checks = found.Select(f => new DoctorCheck(f.Check, WordOf(f.State), f.Message));
            Console.Out.WriteLine(JsonSerializer.Serialize(
                new DoctorReport(found.All(f => f.State != FindingState.Fault), [.. checks]), DoctorJson.Default.DoctorReport));
            return;
        }
        foreach (var (check, state, message) in found)
            Console.Out.WriteLine($"{WordOf(state)}\t{check}\t{message.ReplaceLineEndings(" ")}");
    }

    private static string WordOf(FindingState state) => state switch
    {
        FindingState.Ok => "ok",
        FindingState.Warning => "warning",
        _ => "fault",
    };
}

internal sealed record DoctorReport(bool Ok, IReadOnlyList<DoctorCheck> Checks);

internal sealed record DoctorCheck(string Check, string State, string Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(ReadyAnswer))]
internal sealed partial class DoctorJson : JsonSerializerContext;
