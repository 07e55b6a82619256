using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace FaceAttendance.Benchmarks;

/// <summary>The server as a process of its own, as a user would run it.</summary>
internal sealed class RunningServer : IDisposable
{
    private readonly Process _process;

    private RunningServer(Process process, HttpClient http, TimeSpan readyAfter) =>
        (_process, Http, ReadyAfter) = (process, http, readyAfter);

    public HttpClient Http { get; }

    public TimeSpan ReadyAfter { get; }

    /// <param name="settings">Environment variables.</param>
    public static async Task<RunningServer> StartAsync(string server, string connection, params (string Name, string Value)[] settings)
    {
        var address = $"http://127.0.0.1:{FreePort()}";
        var start = new ProcessStartInfo("dotnet", [server, "--urls", address])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ConnectionStrings__Default"] = connection;
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        foreach (var (name, value) in settings) start.Environment[name] = value;
        var clock = Stopwatch.StartNew();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var http = new HttpClient { BaseAddress = new Uri(address) };
        while (!await IsReadyAsync(http))
        {
            if (process.HasExited || clock.Elapsed > TimeSpan.FromMinutes(1))
                throw new InvalidOperationException("The server did not become ready.");
            await Task.Delay(10);
        }
        return new(process, http, clock.Elapsed);
    }

    public int Id => _process.Id;

    public long ResidentMegabytes() => ResidentBytes() / 1_000_000;

    public long ResidentBytes()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    public TimeSpan ProcessorTime()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Http.Dispose();
    }

    private static async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync("/health/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
