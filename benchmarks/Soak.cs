using System.Globalization;
using System.Text.RegularExpressions;

namespace FaceAttendance.Benchmarks;

/// <summary>The server as a process at four fifths of what it can do, for a long time: whether anything grows.</summary>
internal static partial class Soak
{
    private const double Share = 0.8;

    // Buffers, pools and tiered compilation settle in the first part of the run.
    private const double SettlesIn = 0.2;

    /// <param name="maintenance">Connection string to a cluster on which a database may be made.</param>
    /// <param name="server">FaceAttendance.WebApi.dll.</param>
    public static Task<int> RunAsync(string maintenance, string server, string facesFolder, int minutes) =>
        Overload.WithServerAsync(maintenance, server, facesFolder, async (running, load) =>
    {
        var capacity = await Overload.CapacityAsync(load);
        using var stop = new CancellationTokenSource();
        var readings = new List<Reading>();
        var loading = load.OpenAsync(Share * capacity, TimeSpan.Zero, TimeSpan.FromMinutes(minutes), stop.Token);
        var began = TimeProvider.System.GetTimestamp();
        for (var i = 0; i <= minutes * 2; i++)
        {
            var wait = TimeSpan.FromSeconds(30 * i) - TimeProvider.System.GetElapsedTime(began);
            if (wait > TimeSpan.Zero) await Task.Delay(wait);
            readings.Add(await ReadAsync(running, i / 2.0));
        }
        await stop.CancelAsync();
        var result = await loading;

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"`POST /recognize`, 640×480, one face, at {Share:0%} of {capacity:0} frames/s for {minutes} minutes: " +
            $"{result.AcceptedPerSecond:0.0} frames/s served, p50 {result.Accepted(50):0} ms, p99 {result.Accepted(99):0} ms, " +
            $"{result.RefusedPerSecond * result.Seconds:0} refused with 503, {result.Failed} failed, " +
            $"/health p99 {result.Health(99):0.0} ms."));
        Console.WriteLine();
        Console.WriteLine("| minute | resident, MB | managed heap, MB | open handles | threads |");
        Console.WriteLine("| --- | --- | --- | --- | --- |");
        var every = Math.Max(1, minutes / 15);
        foreach (var r in readings.Where(r => r.Minute % every == 0))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {r.Minute:0} | {r.ResidentMegabytes:0.0} | {r.HeapMegabytes:0.0} | {r.Handles} | {r.Threads} |"));
        }
        var settled = readings.Where(r => r.Minute >= minutes * SettlesIn).ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| slope an hour, of the last {1 - SettlesIn:0%} | {Slope(settled, r => r.ResidentMegabytes):+0.0;-0.0;0.0} " +
            $"| {Slope(settled, r => r.HeapMegabytes):+0.0;-0.0;0.0} | {Slope(settled, r => r.Handles):+0.0;-0.0;0.0} " +
            $"| {Slope(settled, r => r.Threads):+0.0;-0.0;0.0} |"));
        Console.WriteLine();
        return 0;
    });

    private static async Task<Reading> ReadAsync(RunningServer running, double minute)
    {
        var metrics = await running.Http.GetStringAsync("/metrics");
        // A line for each generation.
        var heap = HeapSize().Matches(metrics).Sum(line => double.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture));
        return new(
            minute, running.ResidentBytes() / 1e6, heap / 1e6,
            Directory.GetFileSystemEntries($"/proc/{running.Id}/fd").Length, Directory.GetDirectories($"/proc/{running.Id}/task").Length);
    }

    /// <summary>By least squares.</summary>
    private static double Slope(List<Reading> readings, Func<Reading, double> value)
    {
        var (time, mean) = (readings.Average(r => r.Minute / 60), readings.Average(value));
        return readings.Sum(r => ((r.Minute / 60) - time) * (value(r) - mean)) / readings.Sum(r => Math.Pow((r.Minute / 60) - time, 2));
    }

    [GeneratedRegex(@"^dotnet_gc_last_collection_heap_size_bytes\{[^}]*\} (\S+)", RegexOptions.Multiline)]
    private static partial Regex HeapSize();

    private sealed record Reading(double Minute, double ResidentMegabytes, double HeapMegabytes, int Handles, int Threads);
}
