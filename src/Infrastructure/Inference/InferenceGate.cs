using System.Collections.Concurrent;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// The process's one way to the models: as many frames at once as there are workers, a bounded queue before them, and a deadline in it. What
/// does not fit is refused at once, so that an overload slows nothing else. Thread-safe; disposes the workers.
/// </summary>
internal sealed class InferenceGate<TWorker> : IDisposable
    where TWorker : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentBag<TWorker> _idle;
    private readonly SemaphoreSlim _free;
    private readonly TimeSpan _deadline;
    private readonly int _capacity;
    private int _inside;

    public InferenceGate(IReadOnlyCollection<TWorker> workers, int queueLength, TimeSpan deadline)
    {
        _idle = [.. workers];
        _free = new SemaphoreSlim(workers.Count);
        _capacity = workers.Count + queueLength;
        _deadline = deadline;
    }

    /// <returns>A worker for the caller alone until it disposes the pass, or <see cref="RecognitionErrors.Busy"/>.</returns>
    public async ValueTask<Result<Pass>> EnterAsync(CancellationToken ct)
    {
        if (Interlocked.Increment(ref _inside) > _capacity)
        {
            Interlocked.Decrement(ref _inside);
            GateMetrics.Refused("queue_full");
            return RecognitionErrors.Busy(RetryAfter);
        }
        var entered = false;
        var since = GateMetrics.Queue();
        try
        {
            entered = await _free.WaitAsync(_deadline, ct);
        }
        finally
        {
            GateMetrics.Leave(since, entered);
            if (!entered) Interlocked.Decrement(ref _inside);
        }
        if (!entered)
        {
            GateMetrics.Refused("waited_too_long");
            return RecognitionErrors.Busy(RetryAfter);
        }
        return _idle.TryTake(out var worker) ? new Pass(this, worker) : throw new InvalidOperationException("A free place without a worker.");
    }

    public void Dispose()
    {
        foreach (var worker in _idle) worker.Dispose();
        _free.Dispose();
    }

    /// <summary>The use of one worker, given back on dispose.</summary>
    internal sealed class Pass(InferenceGate<TWorker> gate, TWorker worker) : IDisposable
    {
        private int _given;

        public TWorker Worker { get; } = worker;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) != 0) return;
            gate._idle.Add(Worker);
            GateMetrics.Free();
            Interlocked.Decrement(ref gate._inside);
            gate._free.Release();
        }
    }
}
