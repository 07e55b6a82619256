using System.Buffers;

namespace FaceAttendance.WebApi.Requests;

/// <summary>
/// Memory that uploads lie in. Pieces of a camera frame's size come from a pool that keeps some 30 MiB at most; larger ones are plain
/// arrays, for a pool would keep what one busy minute needed until the process ends. Thread-safe.
/// </summary>
internal static class UploadMemory
{
    /// <summary>The largest piece that is kept for the next upload.</summary>
    private const int MostPooled = 2 * 1024 * 1024;

    private static readonly ArrayPool<byte> Pool = ArrayPool<byte>.Create(MostPooled, maxArraysPerBucket: 8);

    private static long _dropped;

    /// <summary>Bytes of large pieces that were given back since the process began.</summary>
    public static long Dropped => Interlocked.Read(ref _dropped);

    public static byte[] Rent(int least) => least <= MostPooled ? Pool.Rent(least) : GC.AllocateUninitializedArray<byte>(least);

    /// <summary>Clears what was used of a piece, for its next tenant must not find a face in it, and gives it back.</summary>
    public static void Return(byte[] piece, int used)
    {
        piece.AsSpan(0, used).Clear();
        if (piece.Length <= MostPooled) Pool.Return(piece);
        else Interlocked.Add(ref _dropped, piece.Length);
    }
}

/// <summary>
/// Gives the memory of many large uploads back to the system once they are over. The runtime would, at its next full collection, but
/// collects when it allocates, and after a flood nothing does.
/// </summary>
internal sealed class UploadMemoryKeeper(UploadRoom room) : BackgroundService
{
    // Two pictures of the largest size: what is less is nothing to stop the process for, some milliseconds though it be.
    private const long Worth = 32 * 1024 * 1024;

    // What connections held while they waited to be refused, the web server's own pool lets go bit by bit, over half a minute.
    private const int MostTries = 4;

    // Between two tries, in rounds: each stops the process for a tenth of a second.
    private const int Rest = 3;

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (settled, before, tries, rest) = (Environment.WorkingSet, UploadMemory.Dropped, 0, 0);
        while (await WaitAsync(stoppingToken))
        {
            var (dropped, held) = (UploadMemory.Dropped, Environment.WorkingSet);
            // While large uploads go on coming, the next one finds use for what the last one left.
            if (dropped == before && room.Bytes < Worth / 2 && held - settled >= Worth && --rest < 0)
            {
                rest = Rest;
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                held = Environment.WorkingSet;
                // What stays then is in use: a gallery that has grown.
                if (++tries >= MostTries) settled = held;
            }
            if (held - settled < Worth) tries = 0;
            (before, settled) = (dropped, Math.Min(settled, held));
        }
    }

    /// <returns>False when the server stops, even one that never came to its start.</returns>
    private static async Task<bool> WaitAsync(CancellationToken stopping)
    {
        await Task.Delay(Between, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stopping.IsCancellationRequested;
    }
}
