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
        using var inside = (await EnterAsync(gate, Ticket(), default)).Value;
        var waiting = EnterAsync(gate, Ticket(), default);

        var refused = EnterAsync(gate, Ticket(), default);

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
        using var inside = (await EnterAsync(gate, Ticket(), default)).Value;

        var refused = await EnterAsync(gate, Ticket(South), default);

        Assert.That(refused.Error!.Code, Is.EqualTo("recognition.busy"));
    }

    [Test]
    public async Task Enter_DeadlinePassesInTheQueue_IsRefusedAndThePlaceIsFreeAgain()
    {
        using var gate = Gate(workers: 1, queue: 1, deadline: TimeSpan.FromMilliseconds(30));
        using var inside = (await EnterAsync(gate, Ticket(), default)).Value;

        var first = await EnterAsync(gate, Ticket(), default);
        var second = await EnterAsync(gate, Ticket(), default);

        Assert.That(first.Error!.Code, Is.EqualTo("recognition.busy"));
        Assert.That(second.Error!.Code, Is.EqualTo("recognition.busy"));
    }

    [Test]
    public async Task Enter_CallerGivesUp_LeavesNoTrace()
    {
        using var gate = Gate(workers: 1, queue: 1);
        var inside = (await EnterAsync(gate, Ticket(), default)).Value;
        using var impatient = new CancellationTokenSource();
        var waiting = EnterAsync(gate, Ticket(), impatient.Token);

        await impatient.CancelAsync();

        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
        var next = EnterAsync(gate, Ticket(), default);
        inside.Dispose();
        (await next).Value.Dispose();
    }

    [Test]
    public async Task Run_ManyAtOnce_NeverSharesAWorker()
    {
        using var gate = Gate(workers: 3, queue: 1000);
        var inUse = new HashSet<Worker>();
        var shared = 0;

        var done = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Task.Run(() => gate.RunAsync<int>(
            Ticket(i % 2 == 0 ? North : South, $"caller {i % 7}", 1 + (i % 5)), worker =>
            {
                lock (inUse) shared += inUse.Add(worker) ? 0 : 1;
                Thread.Yield();
                lock (inUse) inUse.Remove(worker);
                return i;
            }, default))));

        Assert.That(shared, Is.Zero);
        Assert.That(done.Select(d => d.Value), Is.EqualTo(Enumerable.Range(0, 300)));
        Assert.That(gate.Read(), Is.EqualTo(new GateReading(3, 0, 0, 1000)));
    }

    [Test]
    public async Task Run_WorkFails_TheCallerIsToldAndTheWorkerGoesOn()
    {
        using var gate = Gate(workers: 1, queue: 1);

        Assert.That(
            async () => await gate.RunAsync<int>(Ticket(), _ => throw new InvalidDataException("this"), default),
            Throws.InstanceOf<InvalidDataException>());
        Assert.That((await gate.RunAsync<int>(Ticket(), _ => 7, default)).Value, Is.EqualTo(7));
    }

    [Test]
    public async Task Run_EveryPoolThreadIsBusy_WorkIsDoneAllTheSame()
    {
        using var gate = Gate(workers: 1, queue: 1);
        var onThePool = true;

        await gate.RunAsync<int>(Ticket(), _ =>
        {
            onThePool = Thread.CurrentThread.IsThreadPoolThread;
            return 0;
        }, default);

        Assert.That(onThePool, Is.False);
    }

    [Test]
    public async Task Announce_QueueFullOfTheCallersOwn_IsRefusedBeforeTheFrameComes()
    {
        using var gate = Gate(workers: 1, queue: 1);
        using var inside = (await EnterAsync(gate, Ticket(North), default)).Value;
        var waiting = EnterAsync(gate, Ticket(North), default);

        var refused = gate.Announce(North, "key");
        var other = gate.Announce(South, "key");

        Assert.That(refused.Error?.Code, Is.EqualTo("recognition.busy"));
        Assert.That(refused.Error!.RetryAfter, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(other.IsSuccess, Is.True, "who has nothing here displaces whoever has most");
        other.Value.Dispose();
        inside.Dispose();
        (await waiting).Value.Dispose();
    }

    [Test]
    public async Task Announce_PlacesAreKept_NoMoreThanThereAre()
    {
        using var gate = Gate(workers: 2, queue: 1);

        var places = Enumerable.Range(0, 4).Select(_ => gate.Announce(North, "key")).ToList();

        Assert.That(places.Select(p => p.IsSuccess), Is.EqualTo(new[] { true, true, true, false }));
        places[0].Value.Dispose();
        Assert.That(gate.Announce(North, "key").IsSuccess, Is.True, "one that is not needed any more is given on");
        await Task.Delay(TimeSpan.FromMilliseconds(300));
        Assert.That(gate.Announce(North, "key").IsSuccess, Is.True, "a body that does not come holds no place");
    }

    [Test]
    public async Task Announce_TheFrameComes_ItTakesItsPlaceAndNoSecond()
    {
        using var gate = Gate(workers: 1, queue: 1);
        using var inside = (await EnterAsync(gate, Ticket(North), default)).Value;

        var (waiting, another) = await AnnouncedAsync();

        Assert.That(waiting.IsCompleted, Is.False);
        Assert.That((await another).Error?.Code, Is.EqualTo("recognition.busy"));
        inside.Dispose();
        (await waiting).Value.Dispose();

        async Task<(Task<Result<Inside>>, Task<Result<Inside>>)> AnnouncedAsync()
        {
            using var place = gate.Announce(North, "key").Value;
            await Task.Yield();
            return (EnterAsync(gate, Ticket(North), default), EnterAsync(gate, Ticket(North), default));
        }
    }

    [Test]
    public async Task Enter_TheQueueStands_NoMoreWaitThanKeepTheWorkersBusy()
    {
        using var gate = Gate(workers: 1, queue: 100);
        using var stop = new CancellationTokenSource();
        var refused = 0;
        // A burst may fill the queue: nobody is refused before the time of one is over, if this machine brings it within that.
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var burst = Enumerable.Range(0, 100).Select(_ => BriefAsync()).ToList();
        if (clock.Elapsed < InferenceGate<Worker>.BurstTime) Assert.That(Volatile.Read(ref refused), Is.Zero);

        var flood = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                _ = BriefAsync();
                await Task.Delay(1);
            }
        });
        await Task.WhenAll(burst);
        await Task.Delay(InferenceGate<Worker>.BurstTime * 2);
        // Who has one frame at a time, as a socket, finds a place all the same.
        var conversation = gate.RunAsync<int>(Ticket(), _ => 5, default);
        var waiting = gate.Read().Waiting;
        await stop.CancelAsync();
        await flood;

        Assert.That((await conversation).Value, Is.EqualTo(5));
        Assert.That(waiting, Is.LessThanOrEqualTo((2 * InferenceGate<Worker>.StandingWait) + 1));
        Assert.That(Volatile.Read(ref refused), Is.Positive);

        async Task BriefAsync()
        {
            var place = gate.Announce(North, "key");
            if (!place.IsSuccess)
            {
                Interlocked.Increment(ref refused);
                return;
            }
            using var kept = place.Value;
            var done = await gate.RunAsync<int>(Ticket(), _ =>
            {
                SpinWait.SpinUntil(() => false, 8);
                return 0;
            }, default);
            if (!done.IsSuccess) Interlocked.Increment(ref refused);
        }
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
        for (var i = 0; i < 50; i++) (await EnterAsync(gate, Ticket(North), default)).Value.Dispose();

        var order = await OrderOfAsync(gate, [.. Enumerable.Repeat(Ticket(North), 3), .. Enumerable.Repeat(Ticket(South), 3)]);

        Assert.That(order, Is.EqualTo("N S N S N S"));
    }

    // Each of the others has one frame at a time and is away between two of them.
    [Test]
    public async Task Enter_OthersComeAgainAndAgain_WhoeverWaitsIsServed()
    {
        using var gate = Gate(workers: 1, queue: 20);
        var inside = (await EnterAsync(gate, Ticket(North, "patient"), default)).Value;
        var patient = EnterAsync(gate, Ticket(North, "patient"), default);
        Task<Result<Inside>>[] others = [.. Enumerable.Range(0, 3).Select(i => EnterAsync(gate, Ticket(North, $"{i}"), default))];

        inside.Dispose();
        for (var rounds = 0; rounds < 20 && !patient.IsCompleted; rounds++)
        {
            await Task.WhenAny([patient, .. others]);
            for (var i = 0; i < others.Length && !patient.IsCompleted; i++)
            {
                if (!others[i].IsCompleted) continue;
                (await others[i]).Value.Dispose();
                others[i] = EnterAsync(gate, Ticket(North, $"{i}"), default);
            }
        }

        Assert.That(patient.IsCompleted, Is.True);
        (await patient).Value.Dispose();
        foreach (var other in others) (await other).Value.Dispose();
    }

    [Test]
    public async Task Enter_QueueFullOfOneSchool_ItsNewestMakesRoomForTheOther()
    {
        using var gate = Gate(workers: 1, queue: 3);
        var inside = (await EnterAsync(gate, Ticket(North), default)).Value;
        var flood = Enumerable.Range(0, 3).Select(_ => EnterAsync(gate, Ticket(North), default)).ToArray();

        var newcomer = EnterAsync(gate, Ticket(South), default);
        var more = await EnterAsync(gate, Ticket(North), default);

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
        var inside = (await EnterAsync(gate, Ticket(North, "kiosk"), default)).Value;
        var flood = Enumerable.Range(0, 3).Select(_ => EnterAsync(gate, Ticket(North, "kiosk"), default)).ToArray();

        var newcomer = EnterAsync(gate, Ticket(North, "phone"), default);

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
        using var inside = (await EnterAsync(gate, Ticket(North), default)).Value;
        var waiting = EnterAsync(gate, Ticket(South), default);

        var refused = EnterAsync(gate, Ticket(South, "another"), default);

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
        var inside = (await EnterAsync(gate, Ticket(new SchoolId(Guid.NewGuid())), default)).Value;
        var waiting = tickets.Select(t => (Name: name(t), Entered: EnterAsync(gate, t, default))).ToList();
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

    /// <summary>Holds a worker until it is told to leave.</summary>
    private static async Task<Result<Inside>> EnterAsync(InferenceGate<Worker> gate, GateTicket ticket, CancellationToken ct)
    {
        var entered = new TaskCompletionSource<Inside>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<Result<int>>? run = null;
        var left = new ManualResetEventSlim();
        run = gate.RunAsync<int>(ticket, _ =>
        {
            entered.SetResult(new Inside(left, () => run));
            left.Wait();
            return 0;
        }, ct);
        await Task.WhenAny(run, entered.Task);
        return entered.Task.IsCompleted ? await entered.Task : (await run).Error!;
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

    private sealed class Inside(ManualResetEventSlim left, Func<Task?> run) : IDisposable
    {
        public void Dispose()
        {
            left.Set();
            run()?.GetAwaiter().GetResult();
        }
    }
}
