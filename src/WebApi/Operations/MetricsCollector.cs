using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using FaceAttendance.Application;

namespace FaceAttendance.WebApi.Operations;

/// <summary>
/// Adds up what instruments report, for <see cref="PrometheusText"/> to write: those of this server, the requests of ASP.NET Core, and the
/// runtime's own. Listens from its construction on. Thread-safe; a report of a series that is known allocates nothing.
/// </summary>
internal sealed class MetricsCollector : IDisposable
{
    private const string Requests = "Microsoft.AspNetCore.Hosting";
    private const string Runtime = "System.Runtime";

    // ASP.NET Core's instruments carry more, such as exception types; a label that nobody asks for only multiplies the series.
    private static readonly string[] RequestLabels = ["http.request.method", "http.route", "http.response.status_code"];

    private readonly IMeterFactory _meters;
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, Family> _families = new();
    private readonly Lock _reading = new();

    public MetricsCollector(IMeterFactory meters)
    {
        _meters = meters;
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (FamilyOf(instrument) is not { } family) return;
            _families[instrument] = family;
            listener.EnableMeasurementEvents(instrument, family);
        };
        _listener.SetMeasurementEventCallback<int>(static (_, value, labels, family) => ((Family)family!).Take(value, labels));
        _listener.SetMeasurementEventCallback<long>(static (_, value, labels, family) => ((Family)family!).Take(value, labels));
        _listener.SetMeasurementEventCallback<double>(static (_, value, labels, family) => ((Family)family!).Take(value, labels));
        _listener.Start();
    }

    /// <summary>Everything reported so far, by the instrument's name.</summary>
    public IReadOnlyList<Family> Read()
    {
        // Two readers at once would clear each other's observations.
        lock (_reading)
        {
            foreach (var family in _families.Values) family.ForgetObserved();
            _listener.RecordObservableInstruments();
            return [.. _families.Values.OrderBy(f => f.Instrument.Name, StringComparer.Ordinal)];
        }
    }

    public void Dispose() => _listener.Dispose();

    private Family? FamilyOf(Instrument instrument) => instrument.Meter.Name switch
    {
        ServerMeter.Name => new Family(instrument, null),
        // Another server in this process, as tests have it, reports its requests to itself.
        Requests when ReferenceEquals(instrument.Meter.Scope, _meters) =>
            new Family(instrument, instrument.Name == "http.server.request.duration" ? RequestLabels : []),
        Runtime => new Family(instrument, null),
        _ => null,
    };
}

/// <summary>One instrument's series.</summary>
internal sealed class Family
{
    private readonly ConcurrentDictionary<Labels, Series> _series = new();
    private readonly string[]? _kept;
    private readonly bool _isCurrent;

    /// <param name="kept">The only labels to keep; null keeps all.</param>
    public Family(Instrument instrument, string[]? kept)
    {
        (Instrument, _kept) = (instrument, kept);
        Type = instrument.GetType().Name switch
        {
            "Histogram`1" => MetricType.Histogram,
            "Counter`1" or "ObservableCounter`1" => MetricType.Counter,
            _ => MetricType.Gauge,
        };
        // What is observed, and what a gauge reports, is the value itself; all else is a change of it.
        _isCurrent = instrument.IsObservable || instrument.GetType().Name == "Gauge`1";
        Bounds = Type == MetricType.Histogram ? [.. (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries ?? []] : [];
    }

    public Instrument Instrument { get; }

    public MetricType Type { get; }

    /// <summary>Upper bounds of a histogram's buckets but the last, rising.</summary>
    public double[] Bounds { get; }

    public IEnumerable<KeyValuePair<Labels, Series>> Series => _series.OrderBy(s => s.Key.ToString(), StringComparer.Ordinal);

    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var series = _series.GetOrAdd(Labels.Of(labels, _kept), static (_, bounds) => new Series(bounds), Bounds);
        if (Type == MetricType.Histogram) series.Count(value, Bounds);
        else if (_isCurrent) series.Set(value);
        else series.Add(value);
    }

    public void ForgetObserved()
    {
        if (Instrument.IsObservable) _series.Clear();
    }
}

internal enum MetricType
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>Up to three labels; instruments here have no more.</summary>
internal readonly record struct Labels(
    KeyValuePair<string, object?> First, KeyValuePair<string, object?> Second, KeyValuePair<string, object?> Third)
{
    public static Labels Of(ReadOnlySpan<KeyValuePair<string, object?>> all, string[]? kept)
    {
        Span<int> chosen = [-1, -1, -1];
        var count = 0;
        for (var i = 0; i < all.Length && count < chosen.Length; i++)
        {
            if (kept is null || kept.Contains(all[i].Key)) chosen[count++] = i;
        }
        return new(count > 0 ? all[chosen[0]] : default, count > 1 ? all[chosen[1]] : default, count > 2 ? all[chosen[2]] : default);
    }

    public IEnumerable<KeyValuePair<string, object?>> All()
    {
        if (First.Key is not null) yield return First;
        if (Second.Key is not null) yield return Second;
        if (Third.Key is not null) yield return Third;
    }

    public override string ToString() => string.Join(',', All().Select(l => $"{l.Key}={l.Value}"));

    // Most labels are constants, which the default, by reflection on KeyValuePair, would compare and hash slowly and with allocations.
    public bool Equals(Labels other) => AreEqual(First, other.First) && AreEqual(Second, other.Second) && AreEqual(Third, other.Third);

    public override int GetHashCode() => HashCode.Combine(First.Value, Second.Value, Third.Value);

    private static bool AreEqual(KeyValuePair<string, object?> one, KeyValuePair<string, object?> other) =>
        one.Key == other.Key && Equals(one.Value, other.Value);
}

/// <summary>One value, or a histogram's buckets and their sum.</summary>
internal sealed class Series(double[] bounds)
{
    private readonly long[] _buckets = new long[bounds.Length + 1];
    private double _value;

    /// <summary>The value, or the sum of a histogram's.</summary>
    public double Value => Volatile.Read(ref _value);

    /// <summary>How many values fell into each bucket, the unbounded one last.</summary>
    public long[] Buckets => [.. _buckets.Select((_, i) => Volatile.Read(ref _buckets[i]))];

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Add(double change)
    {
        var before = Volatile.Read(ref _value);
        while (true)
        {
            var seen = Interlocked.CompareExchange(ref _value, before + change, before);
            if (seen.Equals(before)) return;
            before = seen;
        }
    }

    public void Count(double value, double[] upperBounds)
    {
        var i = 0;
        while (i < upperBounds.Length && value > upperBounds[i]) i++;
        Interlocked.Increment(ref _buckets[i]);
        Add(value);
    }
}
