using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text.Json;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Secrets;
using Npgsql;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// Many liveness sessions at once through the socket of a server of its own: how long a frame waits for its answer, and what is dropped
/// when the cameras send more than the machine can judge. This process sends from the same machine.
/// </summary>
internal static class LivenessLoad
{
    private const int Sessions = 20;
    private const string Student = "benchmark";

    // Enough frames that no session sees one twice; in none of them anybody nods, so that every session lasts.
    private static readonly string[] Clips = ["no-blink/franck_c", "blink/franck_a", "blink/franck_b"];

    /// <param name="maintenance">Connection string to a cluster on which a database may be made.</param>
    /// <param name="server">FaceAttendance.WebApi.dll.</param>
    public static async Task<int> RunAsync(string maintenance, string server, string facesFolder)
    {
        var clip =
            Clips.SelectMany(folder => Directory.GetFiles(Path.Combine(facesFolder, "liveness", folder)).Order(StringComparer.Ordinal))
            .Select(file => OnGrey(ImageCanvas.Open(File.ReadAllBytes(file)).Value)).ToArray();
        var database = $"faceattendance_bench_{Guid.NewGuid():N}";
        await ExecuteAsync(maintenance, $"CREATE DATABASE {database}");
        var connection = new NpgsqlConnectionStringBuilder(maintenance) { Database = database, Pooling = false }.ConnectionString;
        try
        {
            // All sessions show the same clips, which a server that remembers would take for replays.
            using var running = await RunningServer.StartAsync(
                server, connection, ("LIVENESS_CHALLENGES", "nod"), ("LIVENESS_STEPS", "1"), ("LIVENESS_ATTEMPTS", "100"),
                ("LIVENESS_MEMORY_DAYS", "0"), ("TEMPLATE_KEYS", StorageKeys.NewLine()));
            using var photo = new ByteArrayContent(clip[0]) { Headers = { ContentType = MediaTypeHeaderValue.Parse("image/jpeg") } };
            using var form = new MultipartFormDataContent { { new StringContent(Student), "student_id" }, { photo, "image", "photo.jpg" } };
            using var enrolled = await running.Http.PostAsync("/enroll", form);
            if (!(await enrolled.Content.ReadAsStringAsync()).Contains("\"ok\":true", StringComparison.Ordinal))
                throw new InvalidOperationException("Not enrolled.");
            var token = await PresenceCheck.LogInAsync(running.Http.BaseAddress!);
            Console.WriteLine("| liveness sessions at once, 640×480 | frames sent | judged | dropped | answer p50 | p95 |");
            Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
            // The first round warms up.
            await MeasureAsync(running, token, clip, Sessions, 2, TimeSpan.FromSeconds(3), prints: false);
            await MeasureAsync(running, token, clip, 1, 10, TimeSpan.FromSeconds(8));
            await MeasureAsync(running, token, clip, Sessions, 2, TimeSpan.FromSeconds(18));
            await MeasureAsync(running, token, clip, Sessions, 10, TimeSpan.FromSeconds(10));
            Console.WriteLine();
            return 0;
        }
        finally
        {
            await ExecuteAsync(maintenance, $"DROP DATABASE {database} WITH (FORCE)");
        }
    }

    private static async Task MeasureAsync(
        RunningServer server, string token, byte[][] clip, int sessions, int framesPerSecond, TimeSpan span, bool prints = true)
    {
        var waits = new ConcurrentBag<double>();
        var (sent, dropped) = (0, 0L);
        var address = new UriBuilder(server.Http.BaseAddress!) { Scheme = "ws", Path = "/ws/liveness/", Query = $"user_id={Student}" }.Uri;
        await Task.WhenAll(Enumerable.Range(0, sessions).Select(async number =>
        {
            using var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
            await socket.ConnectAsync(address, default);
            var sendings = new ConcurrentDictionary<int, long>();
            var listening = ListenAsync();
            // Cameras are not in step.
            await Task.Delay(TimeSpan.FromSeconds((double)number / sessions / framesPerSecond));
            var clock = Stopwatch.StartNew();
            for (var i = 0; clock.Elapsed < span; i++)
            {
                sendings[i] = Stopwatch.GetTimestamp();
                await socket.SendAsync(clip[((4 * number) + i) % clip.Length], WebSocketMessageType.Binary, endOfMessage: true, default);
                Interlocked.Increment(ref sent);
                var due = TimeSpan.FromSeconds((i + 1.0) / framesPerSecond) - clock.Elapsed;
                if (due > TimeSpan.Zero) await Task.Delay(due);
            }
            await Task.Delay(1000);
            socket.Abort();
            Interlocked.Add(ref dropped, await listening);

            async Task<long> ListenAsync()
            {
                var (answers, before, buffer) = (0, 0, new byte[4096]);
                try
                {
                    while (true)
                    {
                        var part = await socket.ReceiveAsync(buffer, CancellationToken.None);
                        if (part.MessageType == WebSocketMessageType.Close)
                            throw new InvalidOperationException($"A session ended: {socket.CloseStatusDescription}");
                        using var json = JsonDocument.Parse(buffer.AsMemory(0, part.Count));
                        if (json.RootElement.GetProperty("error").GetString() is "Internal server error")
                            throw new InvalidOperationException(json.RootElement.GetRawText());
                        // Each frame has its answer, in order, those that were dropped too.
                        waits.Add(Stopwatch.GetElapsedTime(sendings[answers++]).TotalMilliseconds);
                        before = json.RootElement.TryGetProperty("dropped", out var count) ? count.GetInt32() : 0;
                    }
                }
                catch (Exception e) when (e is WebSocketException or OperationCanceledException)
                {
                    return before;
                }
            }
        }));
        if (!prints) return;
        var ordered = waits.Order().ToList();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {sessions} × {framesPerSecond} frames/s | {sent} | {ordered.Count - dropped} | {dropped} " +
            $"| {ordered[ordered.Count / 2]:0} ms | {ordered[ordered.Count * 95 / 100]:0} ms |"));
    }

    /// <summary>The clip's small picture in the midst of a frame of 640×480.</summary>
    private static byte[] OnGrey(ImageCanvas picture)
    {
        const int Width = 640, Height = 480;
        var rgb = new byte[Width * Height * 3];
        Array.Fill(rgb, (byte)120);
        int left = (Width - picture.Width) / 2, top = (Height - picture.Height) / 2;
        for (var y = 0; y < picture.Height; y++)
            picture.Rgb.Slice(y * picture.Width * 3, picture.Width * 3).CopyTo(rgb.AsSpan((((top + y) * Width) + left) * 3));
        return ImageCanvas.FromRgb(Width, Height, rgb).Encode(".jpg", 90);
    }

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open);
        await command.ExecuteNonQueryAsync();
    }
}
