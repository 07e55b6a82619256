using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Inference;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Inference;

public sealed class InferenceGateTests
{
    private static readonly SchoolId North = new(Guid.Parse("00000000-0000-0000-0000-00000000000a"));
    private static readonly SchoolId South = new(Guid.Parse("00000000-0000-0000-0000-00000000000b"));

    [Test]
    public async Task Enter_QueueFull_IsRefusedAtOnceWithRetryAfter()
    {
        using var gate = Gate(workers: 1, queue: 1);
        using var inside = (await gate.EnterAsync(Ticket(), default)).Value;
        var waiting = gate.EnterAsync(Ticket(), default).AsTask();

        var refused = gate.EnterAsync(Ticket(), default).AsTask();

        Assert.That(refused.IsCompleted, Is.True);
        Assert.That((await refused).Error!.Kind, Is.EqualTo(ErrorKind.Unavailable));
        Assert.That((await refused).Error!.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
        inside.Dispose();
        (await waiting).Value.Dispose();
    }

    [Test]
    public async Task Enter_NoQueue_RefusesWhoeverFindsNoWorker()
    {
        using var gate = Gate(workers: 1, queue: 0);
        using var inside = (await gate.EnterAsync(Ticket(), default)).Value;

        var refused = await gate.EnterAsync(Ticket(South), default);

        Assert.That(refused.Error!.Code, Is.EqualTo("recognition.busy"));
    }

    [Test]
    public async Task Enter_DeadlinePassesInTheQueue_IsRefusedAndThePlaceIsFreeAgain()
    {
        using var gate = Gate(workers: 1, queue: 1, deadline: TimeSpan.FromMilliseconds(30));
        using var inside = (await gate.EnterAsync(Ticket(), default)).Value;

        var first = await gate.EnterAsync(Ticket(), default);
        var second = await gate.EnterAsync(Ticket(), default);

        Assert.That(first.Error!.Code, Is.EqualTo("recognition.busy"));
        Assert.That(second.Error!.Code, Is.EqualTo("recognition.busy"));
    }

    [Test]
    public async Task Enter_CallerGivesUp_LeavesNoTrace()
    {
        using var gate = Gate(workers: 1, queue: 1);
        var inside = (await gate.EnterAsync(Ticket(), default)).Value;
        using var impatient = new CancellationTokenSource();
        var waiting = gate.EnterAsync(Ticket(), impatient.Token).AsTask();

        await impatient.CancelAsync();

        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
        var next = gate.EnterAsync(Ticket(), default).AsTask();
        inside.Dispose();
        (await next).Value.Dispose();
    }

    [Test]
    public async Task Enter_ManyAtOnce_NeverSharesAWorkerAndDisposingTwiceGivesBackOnce()
    {
        using var gate = Gate(workers: 3, queue: 1000);
        var inUse = new HashSet<Worker>();
        var shared = 0;

        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Task.Run(async () =>
        {
            var pass = (await gate.EnterAsync(Ticket(i % 2 == 0 ? North : South, $"caller {i % 7}", 1 + (i % 5)), default)).Value;
            lock (inUse) shared += inUse.Add(pass.Worker) ? 0 : 1;
            await Task.Yield();
            lock (inUse) inUse.Remove(pass.Worker);
            pass.Dispose();
            pass.Dispose();
        })));

        Assert.That(shared, Is.Zero);
        var inside = Enumerable.Range(0, 3).Select(_ => gate.EnterAsync(Ticket(), default).AsTask()).ToList();
        Assert.That(inside.Select(i => i.IsCompleted), Is.All.True);
    }

    [Test]
    public async Task Enter_OneSchoolHasManyWaiting_TheOtherIsNext()
    {
        var order = await OrderOfAsync(queue: 10, [.. Enumerable.Repeat(Ticket(North), 6), Ticket(South), Ticket(South)]);

        Assert.That(order, Is.EqualTo("N S N S N N N N"));
    }

    [Test]
    public async Task Enter_OneCallerHasManyWaiting_AnotherOfTheSchoolIsNext()
    {
        var order = await OrderOfAsync(
            queue: 10,
                [Ticket(North, "kiosk"), Ticket(North, "kiosk"), Ticket(North, "kiosk"), Ticket(North, "phone"), Ticket(South, "phone")],
                t => t.Caller[..1]);

        Assert.That(order, Is.EqualTo("k p p k k"));
    }

    // A thousand students of one school have no more turns than one camera of another.
    [Test]
    public async Task Enter_ManyCallersOfOneSchool_ShareItsTurns()
    {
        var order = await OrderOfAsync(
            queue: 20, [.. Enumerable.Range(0, 8).Select(i => Ticket(North, $"{i}")), Ticket(South), Ticket(South), Ticket(South)]);

        Assert.That(order, Is.EqualTo("N S N S N S N N N N N"));
    }

    [Test]
    public async Task Enter_CostlyFrames_HaveFewerTurns()
    {
        var order = await OrderOfAsync(
            queue: 20, [.. Enumerable.Repeat(Ticket(North, cost: 4), 3), .. Enumerable.Repeat(Ticket(South, cost: 1), 8)]);

        Assert.That(order, Is.EqualTo("N S S S S N S S S S N"));
    }

    [Test]
    public async Task Enter_WhoCameRarely_HasSavedNoTurns()
    {
        using var gate = Gate(workers: 1, queue: 20);
        for (var i = 0; i < 50; i++) (await gate.EnterAsync(Ticket(North), default)).Value.Dispose();

        var order = await OrderOfAsync(gate, [.. Enumerable.Repeat(Ticket(North), 3), .. Enumerable.Repeat(Ticket(South), 3)]);

        Assert.That(order, Is.EqualTo("N S N S N S"));
    }

    [Test]
    public async Task Enter_QueueFullOfOneSchool_ItsNewestMakesRoomForTheOther()
    {
        using var gate = Gate(workers: 1, queue: 3);
        var inside = (await gate.EnterAsync(Ticket(North), default)).Value;
        var flood = Enumerable.Range(0, 3).Select(_ => gate.EnterAsync(Ticket(North), default).AsTask()).ToArray();

        var newcomer = gate.EnterAsync(Ticket(South), default).AsTask();
        var more = await gate.EnterAsync(Ticket(North), default);

        Assert.That(more.Error?.Code, Is.EqualTo("recognition.busy"));
        Assert.That((await flood[2]).Error?.Code, Is.EqualTo("recognition.busy"));
        Assert.That((await flood[2]).Error!.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(flood[..2].Select(t => t.IsCompleted), Is.All.False);
        inside.Dispose();
        foreach (var waiting in new[] { newcomer, flood[0], flood[1] }) (await waiting).Value.Dispose();
    }

    [Test]
    public async Task Enter_QueueFullOfOneCaller_ItsNewestMakesRoomForAnotherOfTheSchool()
    {
        using var gate = Gate(workers: 1, queue: 3);
        var inside = (await gate.EnterAsync(Ticket(North, "kiosk"), default)).Value;
        var flood = Enumerable.Range(0, 3).Select(_ => gate.EnterAsync(Ticket(North, "kiosk"), default).AsTask()).ToArray();

        var newcomer = gate.EnterAsync(Ticket(North, "phone"), default).AsTask();

        Assert.That((await flood[2]).Error?.Code, Is.EqualTo("recognition.busy"));
        inside.Dispose();
        (await newcomer).Value.Dispose();
        (await flood[0]).Value.Dispose();
        (await flood[1]).Value.Dispose();
    }

    [Test]
    public async Task Enter_QueueFullOfEqualsShares_RefusesTheNewcomer()
    {
        using var gate = Gate(workers: 1, queue: 1);
        using var inside = (await gate.EnterAsync(Ticket(North), default)).Value;
        var waiting = gate.EnterAsync(Ticket(South), default).AsTask();

        var refused = gate.EnterAsync(Ticket(South, "another"), default).AsTask();

        Assert.That(refused.IsCompleted, Is.True);
        Assert.That((await refused).Error?.Code, Is.EqualTo("recognition.busy"));
        Assert.That(waiting.IsCompleted, Is.False);
        inside.Dispose();
        (await waiting).Value.Dispose();
    }

    /// <summary>Whose frames get the one worker, in order, when all of them wait for it.</summary>
    private static async Task<string> OrderOfAsync(int queue, GateTicket[] tickets, Func<GateTicket, string>? name = null)
    {
        using var gate = Gate(workers: 1, queue);
        return await OrderOfAsync(gate, tickets, name);
    }

    private static async Task<string> OrderOfAsync(InferenceGate<Worker> gate, GateTicket[] tickets, Func<GateTicket, string>? name = null)
    {
        name ??= static t => t.School == North ? "N" : "S";
        var inside = (await gate.EnterAsync(Ticket(new SchoolId(Guid.NewGuid())), default)).Value;
        var waiting = tickets.Select(t => (Name: name(t), Entered: gate.EnterAsync(t, default).AsTask())).ToList();
        var order = new List<string>();
        inside.Dispose();
        while (waiting.Count > 0)
        {
            // One worker, so that one at most has it.
            await Task.WhenAny(waiting.Select(w => w.Entered));
            var served = waiting.Single(w => w.Entered.IsCompleted);
            waiting.Remove(served);
            order.Add(served.Name);
            (await served.Entered).Value.Dispose();
        }
        return string.Join(' ', order);
    }

    private static GateTicket Ticket(SchoolId? school = null, string caller = "key", long cost = 1) => new(school ?? North, caller, cost);

    private static InferenceGate<Worker> Gate(int workers, int queue, TimeSpan? deadline = null) =>
        new([.. Enumerable.Range(0, workers).Select(_ => new Worker())], queue, deadline ?? TimeSpan.FromMinutes(1));

    private sealed class Worker : IDisposable
    {
        public void Dispose()
        {
        }
    }
}
