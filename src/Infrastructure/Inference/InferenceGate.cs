using System.Diagnostics;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>Whose frame comes to the gate, and what it will cost there.</summary>
/// <param name="Caller">A name within the school.</param>
/// <param name="Cost">More than zero, in any unit; turns are shared by it.</param>
internal readonly record struct GateTicket(SchoolId School, string Caller, long Cost);

/// <summary>
/// The process's one way to the models: as many frames at once as there are workers, a bounded number waiting, and a deadline for those.
/// Each school has its own line, and in it each caller. Schools take turns, and callers within their school's, by what their frames cost.
/// When more wait than may, the newest of the longest line is refused at once, so that whoever floods is refused and nobody else.
/// Thread-safe; disposes the workers.
/// </summary>
/// <remarks>
/// Turns are those of start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996, section 2): next is whoever was served least, in
/// virtual time, and a line that was empty begins at the time of the frame that was served last, so that nobody saves turns up.
/// </remarks>
internal sealed class InferenceGate<TWorker>(IReadOnlyCollection<TWorker> workers, int queueLength, TimeSpan deadline) : IDisposable
    where TWorker : class, IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Stack<TWorker> _idle = new(workers);

    // Those who have a frame inside, waiting or with a worker; everybody else is forgotten.
    private readonly Dictionary<SchoolId, School> _schools = [];
    private readonly Dictionary<(SchoolId, string), Caller> _callers = [];

    private double _now;
    private int _waiting;

    /// <returns>A worker for the caller alone until it disposes the pass, or <see cref="RecognitionErrors.Busy"/>.</returns>
    public ValueTask<Result<Pass>> EnterAsync(GateTicket ticket, CancellationToken ct)
    {
        if (ct.IsCancellationRequested) return ValueTask.FromCanceled<Result<Pass>>(ct);
        Waiter waiter;
        Waiter? tooMany = null;
        lock (_lock)
        {
            var caller = Join(ticket);
            // While a worker is idle nobody waits.
            if (_idle.TryPop(out var worker))
            {
                Serve(caller, ticket.Cost);
                GateMetrics.Enter(TimeSpan.Zero);
                return ValueTask.FromResult<Result<Pass>>(new Pass(this, worker, caller, ticket.Cost));
            }
            waiter = new Waiter(caller, ticket.Cost);
            Queue(waiter);
            if (_waiting > queueLength)
            {
                tooMany = NewestOfTheLongestLine(caller);
                Remove(tooMany);
            }
        }
        if (tooMany is not null) Refuse(tooMany, tooMany == waiter ? "queue_full" : "displaced");
        return tooMany == waiter ? new(waiter.Task) : new(WaitAsync(waiter, ct));
    }

    public GateReading Read()
    {
        lock (_lock) return new(workers.Count, workers.Count - _idle.Count, _waiting, queueLength);
    }

    public void Dispose()
    {
        foreach (var worker in _idle) worker.Dispose();
    }

    private async Task<Result<Pass>> WaitAsync(Waiter waiter, CancellationToken ct)
    {
        // Three things can end this wait: a worker, the deadline, and the caller who gives up. Whoever takes the waiter out of its line
        // ends it.
        await using var overdue =
            new Timer(_ => GiveUp(waiter, () => Refuse(waiter, "waited_too_long")), null, deadline, Timeout.InfiniteTimeSpan);
        using var left = ct.UnsafeRegister(_ => GiveUp(waiter, () => waiter.TrySetCanceled(ct)), null);
        return await waiter.Task;
    }

    private void GiveUp(Waiter waiter, Action end)
    {
        lock (_lock)
        {
            if (waiter.Place.List is null) return;
            Remove(waiter);
        }
        end();
    }

    private static void Refuse(Waiter waiter, string reason)
    {
        GateMetrics.Refused(reason);
        waiter.TrySetResult(RecognitionErrors.Busy(RetryAfter));
    }

    private void Free(TWorker worker, Caller served, long cost)
    {
        Waiter next;
        lock (_lock)
        {
            Leave(served, cost);
            GateMetrics.Free();
            if (_waiting == 0)
            {
                _idle.Push(worker);
                return;
            }
            next = NextInTurn();
            Unqueue(next);
            Serve(next.Caller, next.Cost);
        }
        GateMetrics.Enter(Stopwatch.GetElapsedTime(next.Since));
        next.TrySetResult(new Pass(this, worker, next.Caller, next.Cost));
    }

    private Caller Join(in GateTicket ticket)
    {
        if (!_schools.TryGetValue(ticket.School, out var school)) _schools[ticket.School] = school = new School(ticket.School);
        if (!_callers.TryGetValue((ticket.School, ticket.Caller), out var caller))
            _callers[(ticket.School, ticket.Caller)] = caller = new Caller(school, ticket.Caller);
        school.Join(_now, ticket.Cost);
        caller.Join(school.Now, ticket.Cost);
        return caller;
    }

    private void Leave(Caller caller, long cost)
    {
        if (caller.Leave(cost)) _callers.Remove((caller.School.Id, caller.Name));
        if (caller.School.Leave(cost)) _schools.Remove(caller.School.Id);
    }

    private void Serve(Caller caller, long cost)
    {
        _now = caller.School.Serve(cost);
        caller.School.Now = caller.Serve(cost);
    }

    private void Queue(Waiter waiter)
    {
        waiter.Caller.Frames.AddLast(waiter.Place);
        waiter.Caller.Waiting++;
        waiter.Caller.School.Waiting++;
        _waiting++;
        GateMetrics.Wait();
    }

    private void Unqueue(Waiter waiter)
    {
        waiter.Caller.Frames.Remove(waiter.Place);
        waiter.Caller.Waiting--;
        waiter.Caller.School.Waiting--;
        _waiting--;
        GateMetrics.WaitNoMore();
    }

    private void Remove(Waiter waiter)
    {
        Unqueue(waiter);
        Leave(waiter.Caller, waiter.Cost);
    }

    private Waiter NextInTurn()
    {
        var school = _schools.Values.Where(s => s.Waiting > 0).MinBy(s => s.Served)!;
        return CallersWaitingIn(school).MinBy(c => c.Served)!.Frames.First!.Value;
    }

    /// <summary>
    /// A line is as long as what its frames cost, those with a worker included. Among equals it is the newcomer's own, so that nobody is
    /// displaced for nothing.
    /// </summary>
    private Waiter NewestOfTheLongestLine(Caller newcomer)
    {
        var school = _schools.Values.Where(s => s.Waiting > 0).MaxBy(s => (s.Outstanding, s == newcomer.School))!;
        return CallersWaitingIn(school).MaxBy(c => (c.Outstanding, c == newcomer))!.Frames.Last!.Value;
    }

    private IEnumerable<Caller> CallersWaitingIn(School school) => _callers.Values.Where(c => c.School == school && c.Waiting > 0);

    /// <summary>The use of one worker, given back on dispose.</summary>
    internal sealed class Pass : IDisposable
    {
        private readonly InferenceGate<TWorker> _gate;
        private readonly Caller _caller;
        private readonly long _cost;
        private int _given;

        internal Pass(InferenceGate<TWorker> gate, TWorker worker, Caller caller, long cost) =>
            (_gate, Worker, _caller, _cost) = (gate, worker, caller, cost);

        public TWorker Worker { get; }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0) _gate.Free(Worker, _caller, _cost);
        }
    }

    /// <summary>Whoever takes turns with others of its kind. Everything below is guarded by the gate's lock.</summary>
    internal abstract class Share
    {
        /// <summary>What was served to it, in virtual time: where its next frame begins.</summary>
        public double Served { get; private set; }

        /// <summary>Cost of its frames inside, waiting or with a worker.</summary>
        public long Outstanding { get; private set; }

        public int Waiting { get; set; }

        public void Join(double now, long cost)
        {
            if (Waiting == 0) Served = Math.Max(Served, now);
            Outstanding += cost;
        }

        /// <returns>Whether it has no frame left.</returns>
        public bool Leave(long cost) => (Outstanding -= cost) == 0;

        /// <returns>The virtual time at which the frame began.</returns>
        public double Serve(long cost) => (Served += cost) - cost;
    }

    internal sealed class School(SchoolId id) : Share
    {
        public SchoolId Id { get; } = id;

        /// <summary>Virtual time among its callers.</summary>
        public double Now { get; set; }
    }

    internal sealed class Caller(School school, string name) : Share
    {
        public School School { get; } = school;

        public string Name { get; } = name;

        public LinkedList<Waiter> Frames { get; } = [];
    }

    internal sealed class Waiter : TaskCompletionSource<Result<Pass>>
    {
        public Waiter(Caller caller, long cost)
            : base(TaskCreationOptions.RunContinuationsAsynchronously)
        {
            (Caller, Cost) = (caller, cost);
            Place = new(this);
        }

        public Caller Caller { get; }

        public long Cost { get; }

        /// <summary>In the caller's line as long as it waits.</summary>
        public LinkedListNode<Waiter> Place { get; }

        /// <summary>When the wait began.</summary>
        public long Since { get; } = Stopwatch.GetTimestamp();
    }
}
