using System.Globalization;
using System.Text.Json;
using FaceAttendance.Application;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Errors;
using Microsoft.AspNetCore.Http.Metadata;

namespace FaceAttendance.WebApi.Requests;

/// <summary>A JSON body as a record, whose members are those of the object and say in the API's description what it holds.</summary>
internal interface IJsonBody;

/// <inheritdoc cref="IJsonBody"/>
internal interface IJsonBody<TSelf> : IJsonBody where TSelf : IJsonBody<TSelf>
{
    /// <summary>Reads every member; after a fault the record is not used.</summary>
    static abstract TSelf Read(JsonFields fields);
}

/// <summary>
/// Reads the members of a JSON object into values and collects every fault on the way, as <see cref="RequestFields"/> does for forms. A
/// reader returns a default after a fault; ask <see cref="Faults"/> before using any value. Messages never repeat what was sent.
/// </summary>
internal sealed class JsonFields : IDisposable
{
    /// <summary>A polygon of as many points as a fence takes, written with all digits, stays well below.</summary>
    private const int MaxBodyBytes = 256 * 1024;

    private readonly JsonDocument _document;
    private readonly HttpContext _http;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private List<FieldFault>? _faults;
    private bool _isComplete;

    /// <summary>The request that the object came with.</summary>
    public HttpContext Http => _http;

    private JsonFields(JsonDocument document, HttpContext http) => (_document, _http) = (document, http);

    /// <summary>Tells the server to refuse a larger body with 413.</summary>
    public static IRequestSizeLimitMetadata Limit { get; } = new BodyLimit(MaxBodyBytes);

    /// <summary>
    /// Null when every member was right. To be asked when all that the route knows have been read: under /api/v1 the others are faults, for
    /// a name misspelt would otherwise be left out without a word. Existing clients of the other routes may send more than is read.
    /// </summary>
    public IReadOnlyList<FieldFault>? Faults
    {
        get
        {
            if (!_isComplete) NameUnknown();
            _isComplete = true;
            return _faults;
        }
    }

    /// <returns>Fails with <c>request.invalid_json</c>. The caller disposes the value.</returns>
    public static async Task<Result<JsonFields>> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (!BodyType.IsJson(request)) return BodyType.OnlyJson;
        if (await JsonBody.ParseAsync(request, ct) is not { } document) return NotAnObject;
        if (document.RootElement.ValueKind == JsonValueKind.Object) return new JsonFields(document, request.HttpContext);
        document.Dispose();
        return NotAnObject;
    }

    /// <summary>The whole body as a record.</summary>
    /// <returns>Fails with <c>request.invalid_json</c>, or with <c>request.invalid_field</c> that lists every fault.</returns>
    public static async Task<Result<T>> ReadAsync<T>(HttpRequest request, CancellationToken ct) where T : IJsonBody<T>
    {
        var read = await ReadAsync(request, ct);
        if (read.Error is { } unreadable) return unreadable;
        using var fields = read.Value;
        var body = T.Read(fields);
        return fields.Faults is { } faults ? ErrorMapping.ErrorOf(faults) : body;
    }

    /// <summary>The same of a form's texts, for clients who send one or the other.</summary>
    /// <inheritdoc cref="ReadAsync"/>
    public static async Task<Result<JsonFields>> ReadAnyAsync(HttpRequest request, CancellationToken ct)
    {
        if (BodyType.IsJson(request)) return await ReadAsync(request, ct);
        if (!BodyType.IsForm(request)) return BodyType.OnlyJsonOrForm;
        var read = await UploadForm.ReadAsync(request, [], ct);
        if (read.Error is { } unreadable) return unreadable;
        using var form = read.Value;
        return new JsonFields(JsonSerializer.SerializeToDocument(form.Texts), request.HttpContext);
    }

    private static Error NotAnObject { get; } = new("request.invalid_json", "The body must be a JSON object.", ErrorKind.Invalid);

    /// <returns>Null when the member is absent or null.</returns>
    public JsonElement? Optional(string field)
    {
        _asked.Add(field);
        return _document.RootElement.TryGetProperty(field, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;
    }

    public string RequiredText(string field) => OptionalText(field) ?? Missing(field, "");

    public string? OptionalText(string field)
    {
        if (Optional(field) is not { } member) return null;
        if (member.ValueKind != JsonValueKind.String) return Fault<string?>(field, "Input should be a valid string", "string_type", "");
        var text = member.GetString()!;
        return RequestFields.HasControlCharacters(text) ? Fault<string?>(field, RequestFields.NoControlCharacters, "string_type", "")
            : text;
    }

    public double RequiredNumber(string field) => Optional(field) is { } member ? ParseNumber(field, member) : Missing(field, 0.0);

    public double Number(string field, double absent) => Optional(field) is { } member ? ParseNumber(field, member) : absent;

    public bool Flag(string field, bool absent) => Optional(field) switch
    {
        null => absent,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => Fault(field, "Input should be true or false", "bool_type", absent),
    };

    /// <returns>Null when the member is absent or null.</returns>
    public bool? OptionalFlag(string field) => Optional(field) is null ? null : Flag(field, absent: false);

    /// <returns>Null when the member is absent or null.</returns>
    public StudentId? OptionalStudentId(string field) => Optional(field) is null ? null : RequiredStudentId(field);

    /// <summary>A latitude and a longitude, both required.</summary>
    public GeoPoint RequiredPlace(string latitudeField, string longitudeField)
    {
        var (latitude, longitude) = (RequiredNumber(latitudeField), RequiredNumber(longitudeField));
        if (!GeoPoint.IsValid(latitude, 0)) latitude = Fault(latitudeField, "Input should lie between -90 and 90", "latitude", 0.0);
        if (!GeoPoint.IsValid(0, longitude)) longitude = Fault(longitudeField, "Input should lie between -180 and 180", "longitude", 0.0);
        return new GeoPoint(latitude, longitude);
    }

    public StudentId RequiredStudentId(string field)
    {
        if (OptionalText(field) is not { } text) return Optional(field) is null ? Missing(field, default(StudentId)) : default;
        return ParseStudentId(field, text);
    }

    public IReadOnlyList<StudentId> StudentIds(string field)
    {
        if (Optional(field) is not { } member) return [];
        if (member.ValueKind != JsonValueKind.Array)
            return Fault<IReadOnlyList<StudentId>>(field, "Input should be a list of student ids", "list_type", []);
        var ids = new List<StudentId>();
        foreach (var item in member.EnumerateArray())
        {
            var id = ParseStudentId(field, item.ValueKind == JsonValueKind.String ? item.GetString() : null);
            // One complaint about a list is enough.
            if (id == default) return ids;
            ids.Add(id);
        }
        return ids;
    }

    /// <returns>Null when the member is absent or null.</returns>
    public IReadOnlyList<string>? Texts(string field)
    {
        if (Optional(field) is not { } member) return null;
        return member.ValueKind == JsonValueKind.Array && member.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. member.EnumerateArray().Select(item => item.GetString()!)]
            : Fault<IReadOnlyList<string>?>(field, "Input should be a list of strings", "list_type", null);
    }

    /// <returns>Null when the member is absent or null.</returns>
    public IReadOnlyDictionary<string, string>? TextMap(string field)
    {
        if (Optional(field) is not { } member) return null;
        var texts = new Dictionary<string, string>();
        var isMap = member.ValueKind == JsonValueKind.Object && member.EnumerateObject().All(
            item => item.Value.ValueKind == JsonValueKind.String && texts.TryAdd(item.Name, item.Value.GetString()!));
        return isMap ? texts
            : Fault<IReadOnlyDictionary<string, string>>(field, "Input should be an object of strings, each name once", "dict_type", texts);
    }

    /// <summary>An object within the object, whose faults are named with a dot.</summary>
    /// <returns>Null when the member is absent or null.</returns>
    public T? OptionalObject<T>(string field) where T : class, IJsonBody<T>
    {
        if (Optional(field) is not { } member) return null;
        if (member.ValueKind != JsonValueKind.Object) return Fault<T?>(field, "Input should be an object", "dict_type", null);
        using var inner = new JsonFields(JsonDocument.Parse(member.GetRawText()), _http);
        var value = T.Read(inner);
        foreach (var fault in inner.Faults ?? []) Fault($"{field}.{fault.Field}", fault.Message, fault.Type, 0);
        return value;
    }

    public Guid? OptionalId(string field)
    {
        if (OptionalText(field) is not { } text) return null;
        return Guid.TryParse(text, out var id) ? id : Fault<Guid?>(field, "Input should be a valid UUID", "uuid_parsing", null);
    }

    public const string TimeRule = "Input should be a time of day such as 07:00";

    /// <returns>Null for anything but hours and minutes.</returns>
    public static TimeOnly? ParseTime(string text) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time : null;

    public TimeOnly RequiredTime(string field) => OptionalText(field) is { } text
        ? ParseTime(text) ?? Fault(field, TimeRule, "time_parsing", default(TimeOnly))
        : Missing(field, default(TimeOnly));

    public DateOnly RequiredDate(string field) =>
        Optional(field) is null ? Missing(field, default(DateOnly)) : OptionalDate(field) ?? default;

    /// <returns>Null when the member is absent or null.</returns>
    public DateOnly? OptionalDate(string field)
    {
        if (OptionalText(field) is not { } text) return null;
        return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date
            : Fault<DateOnly?>(field, "Input should be a valid date in the form YYYY-MM-DD", "date_parsing", null);
    }

    public DateTimeOffset RequiredInstant(string field) =>
        Optional(field) is null ? Missing(field, default(DateTimeOffset)) : OptionalInstant(field) ?? default;

    public DateTimeOffset? OptionalInstant(string field)
    {
        if (OptionalText(field) is not { } text) return null;
        return ParseInstant(text) ?? Fault<DateTimeOffset?>(field, InstantRule, "datetime_parsing", null);
    }

    public const string InstantRule = "Input should be a date and time with its offset, such as 2026-01-05T07:00:00+07:00";

    /// <returns>
    /// Null for anything but ISO 8601 with an offset: a time without one would be guessed. Null also for years so far off that nothing can
    /// be added to them.
    /// </returns>
    public static DateTimeOffset? ParseInstant(string text) =>
        DateTimeOffset.TryParseExact(text, Instants, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
        && instant.Year is >= 1900 and < 3000
            ? instant.ToUniversalTime()
            : null;

    // A seconds' fraction has up to seven digits here; K is not used because it takes a text without any offset too.
    private static readonly string[] Instants =
    [
        "yyyy-MM-ddTHH:mmzzz", "yyyy-MM-ddTHH:mm:sszzz", "yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz",
        "yyyy-MM-ddTHH:mm'Z'", "yyyy-MM-ddTHH:mm:ss'Z'", "yyyy-MM-ddTHH:mm:ss.FFFFFFF'Z'",
    ];

    /// <summary>One of an enum's words; any other is a fault.</summary>
    /// <param name="word">As it was read; null is a fault, too.</param>
    public T Word<T>(string field, string? word) where T : struct, Enum =>
        Words.Parse<T>(word) ?? Fault(field, WordRule.Of<T>(), "enum", default(T));

    public T Fault<T>(string field, string message, string type, T instead)
    {
        (_faults ??= []).Add(new(RequestFields.Body, field, message, type));
        return instead;
    }

    public void Dispose() => _document.Dispose();

    private void NameUnknown()
    {
        var isStrict = _http.Request.Path.StartsWithSegments("/api/v1", StringComparison.OrdinalIgnoreCase);
        foreach (var member in _document.RootElement.EnumerateObject())
        {
            if (_asked.Contains(member.Name)) continue;
            if (DryRuns.RefusalOf(member.Name, member.Value.ToString(), _http) is { } refusal)
                Fault(DryRuns.Name, refusal.Message, "no_dry_run", 0);
            else if (isStrict) Fault(ShortOf(member.Name), RuleFor(member.Name), "extra_forbidden", 0);
        }
    }

    private string RuleFor(string name) => Spelling.Nearest(name, _asked) is { } meant
        ? $"There is no such member; {meant} is meant, it seems"
        : $"There is no such member; there are {string.Join(", ", _asked.Order(StringComparer.Ordinal))}";

    // The name alone is what its sender has to find again, and it may be anything.
    private static string ShortOf(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '.' or ' ') ? name : "(a name)";

    private StudentId ParseStudentId(string field, string? text) =>
        StudentId.IsValid(text) ? new(text!) : Fault(field, $"A student id has {StudentId.Rule}", "student_id", default(StudentId));

    private double ParseNumber(string field, JsonElement member) =>
        member.ValueKind == JsonValueKind.Number && member.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : Fault(field, "Input should be a finite number", "float_type", 0.0);

    private T Missing<T>(string field, T instead) => Optional(field) is null ? Fault(field, "Field required", "missing", instead) : instead;

    private sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
