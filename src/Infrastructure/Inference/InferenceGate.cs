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
/// The process's one way to the models: as many frames at once as there are workers, each on a thread of its own, a bounded number waiting,
/// and a deadline for those. Each school has its own line, and in it each caller. Schools take turns, and callers within their school's, by
/// what their frames cost. When more wait than may, the newest of the longest line is refused at once, so that whoever floods is refused
/// and nobody else. Thread-safe; disposes the workers.
/// </summary>
/// <remarks>
/// Turns are those of start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996, section 2): next is whoever was served least, in
/// virtual time, and a line that was empty begins at the time of the frame that was served last, so that nobody saves turns up.
/// <para>
/// How many may wait depends on what the waiting is for, as in Facebook's controlled delay (Maurer, "Fail at Scale", ACM Queue 13-8, 2015):
/// a burst may fill the queue, for it drains; a queue that has not been empty for <see cref="BurstTime"/> is no burst but too much work,
/// and every place in it beyond what keeps the workers busy is only delay. It is held to <see cref="StandingWait"/> then. That is for those
/// who announce their frames (<see cref="Announce"/>): sockets and cameras have one frame each under way, and so are few as they are.
/// </para>
/// </remarks>
internal sealed class InferenceGate<TWorker> : IDisposable
    where TWorker : class, IDisposable
{
    /// <summary>How long somebody may wait without a break before it counts as too much work: a full queue of the default length drains in
    /// about this time on two cores.</summary>
    internal static readonly TimeSpan BurstTime = TimeSpan.FromMilliseconds(250);

    /// <summary>In times that a frame takes: the longest expected wait in a queue that stands. More makes accepted frames slower, less
    /// leaves workers without work between two frames.</summary>
    internal const double StandingWait = 3;

    // How long an announced frame keeps its place before it is here: what a frame of a camera takes on a school's network. A body that
    // takes longer is no reason to send others away meanwhile.
    private static readonly TimeSpan AnnouncedFor = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    // In frames served.
    private const int BetweenForgetting = 64;

    // Of each frame served, in the means: some twenty frames tell the pace.
    private const double Fresh = 0.05;

    private static readonly AsyncLocal<Announcement?> Announced = new();

    private readonly int _workers;
    private readonly int _queueLength;
    private readonly TimeSpan _deadline;
    private readonly Lock _lock = new();
    private readonly Stack<Hand> _idle = new();
    private readonly List<Hand> _hands = [];

    // Those who have a frame inside, announced, waiting or with a worker, and those who were served ahead of their turn: were they
    // forgotten, whoever sends one frame after another would always come before those who wait.
    private readonly Dictionary<SchoolId, School> _schools = [];
    private readonly Dictionary<(SchoolId, string), Caller> _callers = [];

    // In the order in which they came.
    private readonly LinkedList<Announcement> _announced = [];

    private double _now;
    private int _waiting;
    private long _waitingCost;

    // Of those that wait, the ones that were announced.
    private int _requests;
    private long _requestsCost;
    private long _standingSince;
    private double _secondsPerCost;
    private double _meanSeconds;
    private double _meanCost = 1;
    private int _busy;
    private int _served;
    private bool _isClosed;

    public InferenceGate(IReadOnlyCollection<TWorker> workers, int queueLength, TimeSpan deadline)
    {
        (_workers, _queueLength, _deadline) = (workers.Count, queueLength, deadline);
        foreach (var worker in workers) _hands.Add(new Hand(this, worker, _hands.Count + 1));
        foreach (var hand in _hands) _idle.Push(hand);
        foreach (var hand in _hands) hand.Start();
    }

    /// <summary>
    /// Does a piece of work with a worker, on that worker's thread, when its turn comes; or refuses it with
    /// <see cref="RecognitionErrors.Busy"/>.
    /// </summary>
    /// <exception cref="OperationCanceledException"><paramref name="ct"/> was cancelled before its turn, or the work says so.</exception>
    public Task<Result<T>> RunAsync<T>(GateTicket ticket, Func<TWorker, Result<T>> work, CancellationToken ct)
    {
        var announcement = Announced.Value;
        if (ct.IsCancellationRequested)
        {
            announcement?.Dispose();
            return Task.FromCanceled<Result<T>>(ct);
        }
        var errand = new Errand<T>(work);
        Errand? tooMany = null;
        lock (_lock)
        {
            errand.Join(Join(ticket), ticket.Cost, isRequest: announcement is not null);
            // What has come since it was told that there is a place does not change that.
            var isExpected = announcement is not null && Withdraw(announcement);
            // While a worker is idle nobody waits.
            if (_isClosed) tooMany = errand;
            else if (_idle.TryPop(out var hand))
            {
                Serve(errand);
                _busy++;
                GateMetrics.Enter(TimeSpan.Zero);
                hand.Give(errand);
                return errand.Task;
            }
            else
            {
                Queue(errand);
                if (IsTooMuch(errand.IsRequest ? 0 : null, 0, isExpected ? 1.25 : 1)) tooMany = NewestOfTheLongestLine(errand.Caller);
            }
            if (tooMany is not null) Remove(tooMany);
        }
        tooMany?.Refuse(tooMany == errand ? "queue_full" : "displaced");
        return tooMany == errand ? errand.Task : WaitAsync(errand, ct);
    }

    /// <summary>
    /// Keeps a place for a frame that is on its way, so that one for which there is none can be sent away before it is here. The place goes
    /// to the first frame that comes in the same flow of work; one that takes long to come loses it.
    /// </summary>
    /// <param name="school">Of the frame.</param>
    /// <param name="caller">Of the frame.</param>
    /// <returns>The caller disposes the place when the request is over. Errors: <see cref="RecognitionErrors.Busy"/>.</returns>
    public Result<IDisposable> Announce(SchoolId school, string caller)
    {
        Announcement announcement;
        lock (_lock)
        {
            while (_announced.First is { Value: { IsLate: true } late }) Withdraw(late);
            // What it will cost shows when it is here.
            var cost = (long)_meanCost;
            var joined = Join(new(school, caller, cost));
            var more = _announced.Count + 1 - _idle.Count;
            if (more > 0 && IsTooMuch(more, cost, slack: 1) && IsLongest(joined))
            {
                Leave(joined, cost);
                GateMetrics.Refused("queue_full");
                return RecognitionErrors.Busy(RetryAfter);
            }
            announcement = new Announcement(this, joined, cost);
            _announced.AddLast(announcement.Place);
        }
        Announced.Value = announcement;
        return Result<IDisposable>.Ok(announcement);
    }

    public GateReading Read()
    {
        lock (_lock) return new(_workers, _workers - _idle.Count, _waiting, _queueLength);
    }

    /// <summary>Whether the frame that asks is the only one, where workers may take all cores.</summary>
    private bool HasSpareCores() => _workers >= Environment.ProcessorCount && Volatile.Read(ref _busy) <= 1;

    /// <summary>Waits for the frames that are with a worker.</summary>
    public void Dispose()
    {
        List<Errand> left;
        lock (_lock)
        {
            if (_isClosed) return;
            _isClosed = true;
            left = [.. _callers.Values.SelectMany(c => c.Frames)];
            left.ForEach(Remove);
            while (_idle.TryPop(out var hand)) hand.Give(null);
        }
        left.ForEach(e => e.Refuse("queue_full"));
        _hands.ForEach(h => h.Dispose());
    }

    private async Task<Result<T>> WaitAsync<T>(Errand<T> errand, CancellationToken ct)
    {
        // Three things can end this wait: a worker, the deadline, and the caller who gives up. Whoever takes the errand out of its line
        // ends it.
        await using var overdue =
            new Timer(_ => GiveUp(errand, () => errand.Refuse("waited_too_long")), null, _deadline, Timeout.InfiniteTimeSpan);
        using var left = ct.UnsafeRegister(_ => GiveUp(errand, () => errand.TrySetCanceled(ct)), null);
        return await errand.Task;
    }

    private void GiveUp(Errand errand, Action end)
    {
        lock (_lock)
        {
            if (errand.Place.List is null) return;
            Remove(errand);
        }
        end();
    }

    /// <returns>What the hand does next; null when it is to wait for something.</returns>
    private Errand? Free(Hand hand, Errand served, double seconds)
    {
        Errand next;
        lock (_lock)
        {
            Leave(served.Caller, served.Cost);
            GateMetrics.Free();
            Learn(served.Cost, seconds);
            if (_isClosed)
            {
                hand.Give(null);
                return null;
            }
            if (_waiting == 0)
            {
                if (--_busy == 0) Forget(isIdle: true);
                _idle.Push(hand);
                return null;
            }
            next = NextInTurn();
            Unqueue(next);
            Serve(next);
        }
        GateMetrics.Enter(Stopwatch.GetElapsedTime(next.Since));
        return next;
    }

    private void Learn(long cost, double seconds)
    {
        var fresh = _meanSeconds == 0 ? 1 : Fresh;
        _meanSeconds += fresh * (seconds - _meanSeconds);
        _meanCost += fresh * (cost - _meanCost);
        _secondsPerCost = _meanSeconds / _meanCost;
    }

    /// <param name="more">Requests' frames that will wait beside those that do; null where none is in question.</param>
    /// <param name="cost">Of one of those.</param>
    /// <param name="slack">By how much more the wait may be than it should.</param>
    private bool IsTooMuch(int? more, long cost, double slack)
    {
        var coming = (more ?? 0) * cost;
        if (_waiting + (more ?? 0) > _queueLength || WaitOf(_waitingCost + coming) > _deadline.TotalSeconds) return true;
        var isStanding = more is not null && _requests > 0 && Stopwatch.GetElapsedTime(_standingSince) > BurstTime;
        return isStanding && _requests + more > _workers && WaitOf(_requestsCost + coming) > StandingWait * slack * _meanSeconds;
    }

    /// <returns>Seconds until so much is done, at the pace of late.</returns>
    private double WaitOf(long cost) => cost * _secondsPerCost / _workers;

    private Caller Join(in GateTicket ticket)
    {
        if (!_schools.TryGetValue(ticket.School, out var school)) _schools[ticket.School] = school = new School(ticket.School);
        if (!_callers.TryGetValue((ticket.School, ticket.Caller), out var caller))
            _callers[(ticket.School, ticket.Caller)] = caller = new Caller(school, ticket.Caller);
        school.Join(_now, ticket.Cost);
        caller.Join(school.Now, ticket.Cost);
        return caller;
    }

    private static void Leave(Caller caller, long cost)
    {
        caller.Leave(cost);
        caller.School.Leave(cost);
    }

    /// <summary>Forgets those who have nothing here and are not ahead of anybody.</summary>
    /// <param name="isIdle">Nobody is here to be ahead of.</param>
    private void Forget(bool isIdle)
    {
        foreach (var (key, caller) in _callers)
        {
            if (caller.Outstanding == 0 && (isIdle || caller.Served <= caller.School.Now)) _callers.Remove(key);
        }
        foreach (var (id, school) in _schools)
        {
            if (school.Outstanding > 0 || (!isIdle && school.Served > _now)) continue;
            _schools.Remove(id);
            foreach (var (key, caller) in _callers)
            {
                if (caller.School == school) _callers.Remove(key);
            }
        }
    }

    /// <returns>Whether its place was still kept.</returns>
    private bool Withdraw(Announcement announcement)
    {
        if (announcement.Place.List is null) return false;
        _announced.Remove(announcement.Place);
        Leave(announcement.Caller, announcement.Cost);
        return true;
    }

    private void Serve(Errand errand)
    {
        _now = errand.Caller.School.Serve(errand.Cost);
        errand.Caller.School.Now = errand.Caller.Serve(errand.Cost);
        if (++_served % BetweenForgetting == 0) Forget(isIdle: false);
    }

    private void Queue(Errand errand)
    {
        if (errand.IsRequest)
        {
            if (_requests == 0) _standingSince = Stopwatch.GetTimestamp();
            _requests++;
            _requestsCost += errand.Cost;
        }
        errand.Caller.Frames.AddLast(errand.Place);
        errand.Caller.Waiting++;
        errand.Caller.School.Waiting++;
        _waiting++;
        _waitingCost += errand.Cost;
        GateMetrics.Wait();
    }

    private void Unqueue(Errand errand)
    {
        errand.Caller.Frames.Remove(errand.Place);
        errand.Caller.Waiting--;
        errand.Caller.School.Waiting--;
        _waiting--;
        _waitingCost -= errand.Cost;
        if (errand.IsRequest)
        {
            _requests--;
            _requestsCost -= errand.Cost;
        }
        GateMetrics.WaitNoMore();
    }

    private void Remove(Errand errand)
    {
        if (errand.Place.List is not null) Unqueue(errand);
        Leave(errand.Caller, errand.Cost);
    }

    private Errand NextInTurn()
    {
        var school = _schools.Values.Where(s => s.Waiting > 0).MinBy(s => s.Served)!;
        // Among equals whoever has waited longest.
        return CallersWaitingIn(school).MinBy(c => (c.Served, c.Frames.First!.Value.Since))!.Frames.First!.Value;
    }

    /// <summary>
    /// A line is as long as what its frames cost, those with a worker included. Among equals it is the newcomer's own, so that nobody is
    /// displaced for nothing.
    /// </summary>
    private Errand NewestOfTheLongestLine(Caller newcomer)
    {
        var school = _schools.Values.Where(s => s.Waiting > 0).MaxBy(s => (s.Outstanding, s == newcomer.School))!;
        return CallersWaitingIn(school).MaxBy(c => (c.Outstanding, c == newcomer))!.Frames.Last!.Value;
    }

    /// <summary>Whether nobody who waits would make room for this newcomer, by the same rule.</summary>
    private bool IsLongest(Caller newcomer)
    {
        var school = _schools.Values.Where(s => s.Waiting > 0 || s == newcomer.School).MaxBy(s => (s.Outstanding, s == newcomer.School))!;
        return school == newcomer.School
            && CallersWaitingIn(school).All(c => c.Outstanding <= newcomer.Outstanding);
    }

    private IEnumerable<Caller> CallersWaitingIn(School school) => _callers.Values.Where(c => c.School == school && c.Waiting > 0);

    /// <summary>A worker and the thread that it works on.</summary>
    private sealed class Hand : IDisposable
    {
        private readonly InferenceGate<TWorker> _gate;
        private readonly TWorker _worker;
        private readonly Thread _thread;
        private readonly AutoResetEvent _given = new(false);
        private Errand? _errand;

        public Hand(InferenceGate<TWorker> gate, TWorker worker, int number)
        {
            (_gate, _worker) = (gate, worker);
            _thread = new Thread(Work) { IsBackground = true, Name = $"inference {number}" };
        }

        public void Start() => _thread.Start();

        /// <param name="errand">Null: no more will come.</param>
        public void Give(Errand? errand)
        {
            _errand = errand;
            _given.Set();
        }

        /// <summary>Once it was given nothing more: waits for its end.</summary>
        public void Dispose()
        {
            _thread.Join();
            _given.Dispose();
        }

        private void Work()
        {
            SpareCores.Watch(_gate.HasSpareCores);
            while (true)
            {
                _given.WaitOne();
                if (_errand is not { } errand) break;
                for (Errand? next = errand; next is not null;)
                {
                    var began = Stopwatch.GetTimestamp();
                    next.Do(_worker);
                    var (done, seconds) = (next, Stopwatch.GetElapsedTime(began).TotalSeconds);
                    next = _gate.Free(this, done, seconds);
                    // Not before: whoever hears of it finds the worker free.
                    done.Tell();
                }
            }
            _worker.Dispose();
        }
    }

    /// <summary>A place that is kept for a frame on its way.</summary>
    private sealed class Announcement : IDisposable
    {
        private readonly InferenceGate<TWorker> _gate;
        private readonly long _since = Stopwatch.GetTimestamp();

        public Announcement(InferenceGate<TWorker> gate, Caller caller, long cost)
        {
            (_gate, Caller, Cost) = (gate, caller, cost);
            Place = new(this);
        }

        public Caller Caller { get; }

        public long Cost { get; }

        public LinkedListNode<Announcement> Place { get; }

        public bool IsLate => Stopwatch.GetElapsedTime(_since) > AnnouncedFor;

        public void Dispose()
        {
            lock (_gate._lock) _gate.Withdraw(this);
        }
    }

    /// <summary>Whoever takes turns with others of its kind. Everything below is guarded by the gate's lock.</summary>
    private abstract class Share
    {
        /// <summary>What was served to it, in virtual time: where its next frame begins.</summary>
        public double Served { get; private set; }

        /// <summary>Cost of its frames inside, announced, waiting or with a worker.</summary>
        public long Outstanding { get; private set; }

        public int Waiting { get; set; }

        public void Join(double now, long cost)
        {
            if (Waiting == 0) Served = Math.Max(Served, now);
            Outstanding += cost;
        }

        public void Leave(long cost) => Outstanding -= cost;

        /// <returns>The virtual time at which the frame began.</returns>
        public double Serve(long cost) => (Served += cost) - cost;
    }

    private sealed class School(SchoolId id) : Share
    {
        public SchoolId Id { get; } = id;

        /// <summary>Virtual time among its callers.</summary>
        public double Now { get; set; }
    }

    private sealed class Caller(School school, string name) : Share
    {
        public School School { get; } = school;

        public string Name { get; } = name;

        public LinkedList<Errand> Frames { get; } = [];
    }

    /// <summary>A piece of work on its way through the gate.</summary>
    private abstract class Errand
    {
        // What is told of the work (its trace) belongs to whoever brought it.
        private readonly ExecutionContext? _context = ExecutionContext.Capture();

        protected Errand() => Place = new(this);

        public Caller Caller { get; private set; } = null!;

        public long Cost { get; private set; }

        /// <summary>In the caller's line as long as it waits.</summary>
        public LinkedListNode<Errand> Place { get; }

        /// <summary>When the wait began.</summary>
        public long Since { get; } = Stopwatch.GetTimestamp();

        public bool IsRequest { get; private set; }

        public void Join(Caller caller, long cost, bool isRequest) => (Caller, Cost, IsRequest) = (caller, cost, isRequest);

        public void Do(TWorker worker)
        {
            if (_context is null)
            {
                DoHere(worker);
                return;
            }
            ExecutionContext.Run(_context, static state =>
            {
                var (errand, worker) = ((Errand, TWorker))state!;
                errand.DoHere(worker);
            }, (this, worker));
        }

        /// <summary>Gives the result to whoever waits for it.</summary>
        public abstract void Tell();

        public abstract void Refuse(string reason);

        protected abstract void DoHere(TWorker worker);
    }

    private sealed class Errand<T>(Func<TWorker, Result<T>> work) : Errand
    {
        private readonly TaskCompletionSource<Result<T>> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private Result<T>? _result;
        private Exception? _failure;

        public Task<Result<T>> Task => _done.Task;

        public override void Tell()
        {
            if (_failure is OperationCanceledException cancelled) _done.TrySetCanceled(cancelled.CancellationToken);
            else if (_failure is not null) _done.TrySetException(_failure);
            else _done.TrySetResult(_result!);
        }

        public override void Refuse(string reason)
        {
            GateMetrics.Refused(reason);
            _done.TrySetResult(RecognitionErrors.Busy(RetryAfter));
        }

        public void TrySetCanceled(CancellationToken ct) => _done.TrySetCanceled(ct);

        protected override void DoHere(TWorker worker)
        {
            try
            {
                _result = work(worker);
            }
            // Whatever it is, it is told to whoever waits for the result.
            catch (Exception e)
            {
                _failure = e;
            }
        }
    }
}
