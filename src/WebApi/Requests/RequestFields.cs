using System.Globalization;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Operations;

namespace FaceAttendance.WebApi.Requests;

/// <summary>What is wrong with one field, in the words and types that FastAPI's clients know.</summary>
/// <param name="Place"><c>query</c>, <c>body</c> or <c>path</c>.</param>
/// <param name="Field">Null when the place as a whole is at fault.</param>
/// <param name="Type">Stable and machine-readable, such as <c>missing</c>.</param>
internal sealed record FieldFault(string Place, string? Field, string Message, string Type);

/// <summary>
/// Reads the fields of one request into values and collects every fault on the way, so that the caller learns of all of them at once. A
/// reader returns a default after a fault; ask <see cref="Faults"/> before using any value. Messages never repeat what was sent.
/// </summary>
internal sealed class RequestFields(HttpRequest request, UploadForm form)
{
    public const string Query = "query";
    public const string Body = "body";
    public const string Path = "path";

    private List<FieldFault>? _faults;

    /// <summary>For requests without a form.</summary>
    public RequestFields(HttpRequest request) : this(request, UploadForm.Empty)
    {
    }

    /// <summary>Null when every field read so far was right.</summary>
    public IReadOnlyList<FieldFault>? Faults
    {
        get
        {
            foreach (var (name, value) in form.Texts)
            {
                if (DryRuns.RefusalOf(name, value, request.HttpContext) is { } refusal && _faults?.Any(f => f.Type == "no_dry_run") != true)
                    Fault(Body, name, refusal.Message, "no_dry_run");
            }
            return _faults;
        }
    }

    /// <summary>Where a field came from, for faults that are found later; <c>body</c> when it did not come at all.</summary>
    public FieldFault Locate(Error error) =>
        new(request.Query.ContainsKey(error.Field!) ? Query : Body, error.Field!, error.Message, "value_error");

    /// <summary>The wanted file's bytes; valid until the form is disposed.</summary>
    public ReadOnlyMemory<byte> RequiredFile(string field)
    {
        if (OptionalFile(field) is { } file) return file;
        if (form.Text(field) is null) Fault(Body, field, "Field required", "missing");
        return default;
    }

    public ReadOnlyMemory<byte>? OptionalFile(string field)
    {
        if (form.IsRepeated(field)) Fault(Body, field, "Field given more than once", "repeated");
        else if (!string.IsNullOrEmpty(form.Text(field))) Fault(Body, field, "Expected a file: the part needs a filename", "file_type");
        return form.File(field);
    }

    public StudentId RequiredStudentId(string field) =>
        RequiredText(field, int.MaxValue) is { } text ? ParseStudentId(Body, field, text) : default;

    public StudentId PathStudentId(string field, string value) => ParseStudentId(Path, field, value);

    public string? RequiredText(string field, int maxLength)
    {
        var faultsBefore = _faults?.Count;
        var text = OptionalText(field, maxLength, Body);
        if (text is null && _faults?.Count == faultsBefore) Fault(Body, field, "Field required", "missing");
        return text;
    }

    public const string NoControlCharacters = "Control characters are not allowed";

    /// <summary>Whether a text holds what no person types and no text of the database may hold; line breaks and tabs are typed.</summary>
    public static bool HasControlCharacters(string text) => text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'));

    /// <returns>Null when the field is absent or empty.</returns>
    public string? OptionalText(string field, int maxLength, params ReadOnlySpan<string> places)
    {
        if (Find(field, places) is not (var place, { Length: > 0 } text)) return null;
        if (text.Length > maxLength) Fault(place, field, $"String should have at most {maxLength} characters", "string_too_long");
        else if (HasControlCharacters(text)) Fault(place, field, NoControlCharacters, "string_type");
        else return text;
        return null;
    }

    public bool Flag(string field, bool absent, params ReadOnlySpan<string> places)
    {
        if (Find(field, places) is not var (place, text)) return absent;
        if (ContractVariables.ParseFlag(text) is { } flag) return flag;
        Fault(place, field, "Input should be a valid boolean, unable to interpret input", "bool_parsing");
        return absent;
    }

    public int Integer(string field, int absent, int least, int most)
    {
        if (Find(field, Query) is not var (place, text)) return absent;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            Fault(place, field, "Input should be a valid integer, unable to parse string as an integer", "int_parsing");
        }
        else if (number < least) Fault(place, field, $"Input should be greater than or equal to {least}", "greater_than_equal");
        else if (number > most) Fault(place, field, $"Input should be less than or equal to {most}", "less_than_equal");
        else return number;
        return absent;
    }

    /// <returns>A finite number that is not negative.</returns>
    public double Amount(string field, double absent)
    {
        if (Find(field, Query) is not var (place, text)) return absent;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            Fault(place, field, "Input should be a valid number, unable to parse string as a number", "float_parsing");
        }
        else if (!double.IsFinite(number)) Fault(place, field, "Input should be a finite number", "finite_number");
        else if (number < 0) Fault(place, field, "Input should be greater than or equal to 0", "greater_than_equal");
        else return number;
        return absent;
    }

    /// <summary>A field of the query in a notation of its own.</summary>
    /// <param name="parse">Null for a text that is wrong.</param>
    /// <param name="rule">What the text should be, for whoever sent another.</param>
    public T? Parsed<T>(string field, Func<string, T?> parse, string rule, string type) where T : struct
    {
        if (OptionalText(field, maxLength: 200, Query) is not { } text) return null;
        if (parse(text) is { } value) return value;
        Fault(Query, field, rule, type);
        return null;
    }

    /// <summary>As <see cref="Parsed"/>, and an empty text is a fault as well.</summary>
    public T? Strictly<T>(string field, Func<string, T?> parse, string rule, string type) where T : struct
    {
        if (!request.Query.TryGetValue(field, out var given)) return null;
        if (parse(given.ToString()) is { } value) return value;
        Fault(Query, field, rule, type);
        return null;
    }

    /// <summary>A moment as the query gives it, in which an offset's plus arrives as a space when nobody escaped it.</summary>
    /// <returns>Null for any other text.</returns>
    public static DateTimeOffset? ParseMoment(string text) => JsonFields.ParseInstant(text.Replace(' ', '+'));

    public const string DayRule = "Input should be a day such as 2026-01-05";

    /// <returns>Null for any other text, and for a day that no calendar of a school has.</returns>
    public static DateOnly? ParseDay(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            && day.Year is >= 1900 and < 3000 ? day : null;

    public DateOnly? Date(string field)
    {
        if (OptionalText(field, maxLength: 64, Body) is not { } text) return null;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return date;
        Fault(Body, field, "Input should be a valid date in the form YYYY-MM-DD", "date_parsing");
        return null;
    }

    /// <summary>A whole number in the query that may be absent.</summary>
    public long? Number(string field, long least)
    {
        if (OptionalText(field, maxLength: 64, Query) is not { } text) return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least) return number;
        Fault(Query, field, $"Input should be a whole number of at least {least}", "int_parsing");
        return null;
    }

    /// <summary>A moment in the query that may be absent.</summary>
    public DateTimeOffset? Moment(string field)
    {
        if (OptionalText(field, maxLength: 64, Query) is not { } text) return null;
        if (ParseMoment(text) is { } moment) return moment;
        Fault(Query, field, JsonFields.InstantRule, "datetime_parsing");
        return null;
    }

    private StudentId ParseStudentId(string place, string field, string value)
    {
        if (StudentId.IsValid(value)) return new(value);
        Fault(place, field, $"A student id has {StudentId.Rule}", "student_id");
        return default;
    }

    /// <summary>The field in the first of the places that has it; null when none has it or it came as something else than one
    /// text.</summary>
    private (string Place, string Text)? Find(string field, params ReadOnlySpan<string> places)
    {
        foreach (var place in places)
        {
            if (place == Query && request.Query.TryGetValue(field, out var values))
            {
                if (values.Count == 1) return (Query, values.ToString());
                Fault(Query, field, "Field given more than once", "repeated");
                return null;
            }
            if (place != Body) continue;
            if (form.IsRepeated(field)) Fault(Body, field, "Field given more than once", "repeated");
            else if (form.HasFile(field)) Fault(Body, field, "Input should be a valid string, not a file", "string_type");
            else if (form.Text(field) is { } text) return (Body, text);
            else continue;
            return null;
        }
        return null;
    }

    private void Fault(string place, string field, string message, string type) => (_faults ??= []).Add(new(place, field, message, type));
}
