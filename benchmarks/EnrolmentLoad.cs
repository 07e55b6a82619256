using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// Many photos enrolled one after the other through a server of its own, beside the bare Runs of detector and embedder that as many photos
/// need, on all cores. Both alternate, so that other work on the machine touches both. This process sends from the same machine.
/// </summary>
internal static class EnrolmentLoad
{
    private const int Rounds = 5, PhotosARound = 120;

    // As many as the command has under way.
    private const int AtOnce = 4;

    /// <param name="maintenance">Connection string to a cluster on which a database may be made.</param>
    /// <param name="server">FaceAttendance.WebApi.dll.</param>
    public static async Task<int> RunAsync(string maintenance, string server, string facesFolder)
    {
        var photos = Directory.GetDirectories(Path.Combine(facesFolder, "lfw-school")).Order(StringComparer.Ordinal)
            .Take((Rounds + 1) * PhotosARound)
            .Select(p =>
                (Student: Path.GetFileName(p), Jpeg: File.ReadAllBytes(Directory.GetFiles(p).Order(StringComparer.Ordinal).First())))
                    .ToArray();
        var options = new InferenceOptions();
        using var models = FaceModels.Load(ModelStore.Open(options).Resolve(null, NullLogger.Instance));
        var database = $"faceattendance_bench_{Guid.NewGuid():N}";
        await ExecuteAsync(maintenance, $"CREATE DATABASE {database}");
        var connection = new NpgsqlConnectionStringBuilder(maintenance) { Database = database }.ConnectionString;
        try
        {
            using var running = await RunningServer.StartAsync(server, connection, ("TEMPLATE_KEYS", StorageKeys.NewLine()));
            var (enrolling, bare) = (TimeSpan.Zero, TimeSpan.Zero);
            // The first round warms up.
            for (var round = 0; round <= Rounds; round++)
            {
                var enrolled = await EnrolAsync(running, photos[(round * PhotosARound)..((round + 1) * PhotosARound)]);
                var ran = RunBare(models);
                if (round == 0) continue;
                enrolling += enrolled;
                bare += ran;
            }
            const int Count = Rounds * PhotosARound;
            Console.WriteLine("| enrolled in bulk, 250×250 | photos/s | bare detector and embedder, photos/s | ratio |");
            Console.WriteLine("| --- | --- | --- | --- |");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {Count} photos, {AtOnce} at once, {Environment.ProcessorCount} cores | {Count / enrolling.TotalSeconds:0.0} " +
                $"| {Count / bare.TotalSeconds:0.0} | {bare / enrolling:0.00} |"));
            Console.WriteLine();
            return 0;
        }
        finally
        {
            await ExecuteAsync(maintenance, $"DROP DATABASE {database} WITH (FORCE)");
        }
    }

    private static async Task<TimeSpan> EnrolAsync(RunningServer server, (string Student, byte[] Jpeg)[] photos)
    {
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(photos, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (photo, ct) =>
        {
            using var image = new ByteArrayContent(photo.Jpeg) { Headers = { ContentType = MediaTypeHeaderValue.Parse("image/jpeg") } };
            using var form = new MultipartFormDataContent
            {
                { new StringContent(photo.Student), "student_id" }, { image, "image", "photo.jpg" },
            };
            using var answer = await server.Http.PostAsync("/enroll", form, ct);
            answer.EnsureSuccessStatusCode();
        });
        return clock.Elapsed;
    }

    private static TimeSpan RunBare(FaceModels models)
    {
        var left = PhotosARound;
        var clock = Stopwatch.StartNew();
        // One each, as the server's workers have them.
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            var (detecting, embedding) = (models.Detectors[0], models.Embedder);
            using var detector =
                detecting.Graph.Bind(1, 3, detecting.Side > 0 ? detecting.Side : 640, detecting.Side > 0 ? detecting.Side : 640);
            using var embedder = embedding.Graph.Bind(embedding.Entry.Batch != 1 && embedding.Entry.Mirror ? 2 : 1, 3, 112, 112);
            while (Interlocked.Decrement(ref left) >= 0)
            {
                detector.Run();
                for (var view = 0; view < (embedding.Entry.Batch == 1 && embedding.Entry.Mirror ? 2 : 1); view++) embedder.Run();
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return clock.Elapsed;
    }

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open);
        await command.ExecuteNonQueryAsync();
    }
}
