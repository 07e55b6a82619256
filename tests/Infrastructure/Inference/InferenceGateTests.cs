using FaceAttendance.Domain;
using FaceAttendance.Infrastructure.Inference;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Inference;

public sealed class InferenceGateTests
{
    [Test]
    public async Task Enter_QueueFull_IsRefusedAtOnceWithRetryAfter()
    {
        using var gate = Gate(workers: 1, queue: 1);
        using var inside = (await gate.EnterAsync(default)).Value;
        var waiting = gate.EnterAsync(default).AsTask();

        var refused = gate.EnterAsync(default).AsTask();

        Assert.That(refused.IsCompleted, Is.True);
        Assert.That((await refused).Error!.Kind, Is.EqualTo(ErrorKind.Unavailable));
        Assert.That((await refused).Error!.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
        inside.Dispose();
        (await waiting).Value.Dispose();
    }

    [Test]
    public async Task Enter_DeadlinePassesInTheQueue_IsRefusedAndThePlaceIsFreeAgain()
    {
        using var gate = Gate(workers: 1, queue: 1, deadline: TimeSpan.FromMilliseconds(30));
        using var inside = (await gate.EnterAsync(default)).Value;

        var first = await gate.EnterAsync(default);
        var second = await gate.EnterAsync(default);

        Assert.That(first.Error!.Code, Is.EqualTo("recognition.busy"));
        Assert.That(second.Error!.Code, Is.EqualTo("recognition.busy"));
    }

    [Test]
    public async Task Enter_CallerGivesUp_LeavesNoTrace()
    {
        using var gate = Gate(workers: 1, queue: 1);
        var inside = (await gate.EnterAsync(default)).Value;
        using var impatient = new CancellationTokenSource();
        var waiting = gate.EnterAsync(impatient.Token).AsTask();

        await impatient.CancelAsync();

        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
        var next = gate.EnterAsync(default).AsTask();
        inside.Dispose();
        (await next).Value.Dispose();
    }

    [Test]
    public async Task Enter_ManyAtOnce_NeverSharesAWorkerAndDisposingTwiceGivesBackOnce()
    {
        using var gate = Gate(workers: 3, queue: 1000);
        var inUse = new HashSet<Worker>();
        var shared = 0;

        await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => Task.Run(async () =>
        {
            var pass = (await gate.EnterAsync(default)).Value;
            lock (inUse) shared += inUse.Add(pass.Worker) ? 0 : 1;
            await Task.Yield();
            lock (inUse) inUse.Remove(pass.Worker);
            pass.Dispose();
            pass.Dispose();
        })));

        Assert.That(shared, Is.Zero);
    }

    private static InferenceGate<Worker> Gate(int workers, int queue, TimeSpan? deadline = null) =>
        new([.. Enumerable.Range(0, workers).Select(_ => new Worker())], queue, deadline ?? TimeSpan.FromMinutes(1));

    private sealed class Worker : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
