using System.Text.RegularExpressions;

namespace FaceAttendance.Infrastructure.Tests.Database;

/// <summary>
/// The statements by which a database is laid over the machines of a Citus cluster, as docs/scaling.md gives them, held against the rules
/// that Citus has for keys. The rules are those of its documentation and of the checks in its source (foreign_constraint.c,
/// create_distributed_table.c, as of release 13); no cluster is asked.
/// </summary>
internal sealed partial record CitusPlan(IReadOnlyList<PlacedTable> Tables, bool AllowsTriggers)
{
    public static CitusPlan Read(string text) => new(
        [
            .. Place().Matches(text).Select(m => new PlacedTable(
                m.Groups["table"].Value, m.Groups["column"].Success ? m.Groups["column"].Value : null)),
        ],
        AllowTriggers().IsMatch(text));

    /// <summary>Whatever Citus would refuse, and tables that are left out or named twice.</summary>
    /// <param name="leftOut">Tables that need no place.</param>
    public IEnumerable<string> Faults(SchemaCatalogue catalogue, params IEnumerable<string> leftOut)
    {
        foreach (var twice in Tables.GroupBy(t => t.Name).Where(g => g.Count() > 1)) yield return $"{twice.Key} is placed twice";
        foreach (var gone in Tables.Where(p => catalogue.Tables.All(t => t.Name != p.Name))) yield return $"{gone.Name} is no table";
        foreach (var missing in catalogue.Tables.Where(t => PlaceOf(t.Name) is null && !leftOut.Contains(t.Name)))
            yield return $"{missing.Name} has no place";
        foreach (var table in catalogue.Tables.Where(t => PlaceOf(t.Name) is not null))
        {
            var place = PlaceOf(table.Name)!;
            if (place.Column is { } column && !table.Columns.Contains(column)) yield return $"{table.Name} has no column {column}";
            if (table.Triggers.Count > 0 && !AllowsTriggers) yield return $"{table.Name} has triggers, which are not allowed";
            if (table.HasPolicies) yield return $"{table.Name} has row-level security";
            foreach (var counter in table.Counters) yield return $"{table.Name}.{counter} is counted by a sequence";
        }
        foreach (var key in catalogue.Keys)
        {
            if (PlaceOf(key.Table)?.Column is { } column && !key.Columns.Contains(column))
                yield return $"{key.Name} on {key.Table} is unique without {column}";
        }
        foreach (var fault in catalogue.References.Select(FaultOf).OfType<string>()) yield return fault;
    }

    private string? FaultOf(SchemaReference reference)
    {
        if (PlaceOf(reference.Table) is not { } from) return null;
        var name = $"{reference.Name} of {reference.Table}";
        if (PlaceOf(reference.Target) is not { } to) return $"{name} leads to {reference.Target}, which has no place";
        // Citus makes the shards with their keys: what they lead to must be there.
        if (Tables.ToList().IndexOf(to) > Tables.ToList().IndexOf(from)) return $"{name} leads to {to.Name}, which is placed later";
        if (from.Column is null) return to.Column is null ? null : $"{name} leads from a table that is everywhere to {to.Name}";
        var at = reference.Columns.ToList().IndexOf(from.Column);
        if (at >= 0 && reference.SetsColumns) return $"{name} sets columns while it holds {from.Column}";
        return to.Column is null || (at >= 0 && reference.TargetColumns[at] == to.Column) ? null : $"{name} does not compare {from.Column}";
    }

    private PlacedTable? PlaceOf(string table) => Tables.FirstOrDefault(t => t.Name == table);

    [GeneratedRegex("""^SELECT create_(?:reference|distributed)_table\('(?<table>[^']+)'(?:, '(?<column>[^']+)')?\);""",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Place();

    [GeneratedRegex("^SET citus.enable_unsafe_triggers = on;", RegexOptions.Multiline)]
    private static partial Regex AllowTriggers();
}

/// <param name="Column">What rows are placed by; null for a table that is whole on every machine.</param>
internal sealed record PlacedTable(string Name, string? Column);
