using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.WebApi.Errors;

namespace FaceAttendance.WebApi.Contract;

/// <summary>The bodies of the contract's successful answers. Members are written snake_case, in the order in which they stand
/// here.</summary>
internal sealed record HealthAnswer(bool Ok, int Encodings, int Labels);

internal sealed record ConfigAnswer(double Tolerance, bool WebhookEnabled, double CooldownSeconds);

/// <summary>What became of a photo: stored, or understood and refused.</summary>
/// <param name="Saved">1, or 0 of a photo that was refused.</param>
/// <param name="Code">Of a refusal: no_face, multiple_faces, low_quality, duplicate_person or another_person, with its particulars beside
/// it.</param>
/// <param name="AlreadyEnrolled">Written only when true: the very photo was stored before, and nothing changed.</param>
/// <param name="Lookalike">Written only when another student looks much like this one.</param>
/// <param name="Central">Written only when true: of several people the one in the middle was taken.</param>
/// <param name="Turned">Written only when the photo had to be turned: degrees clockwise.</param>
internal sealed record EnrollAnswer(
    bool Ok, int Saved, string Msg, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Code = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? FacesFound = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? AlreadyEnrolled = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LookalikeAnswer? Lookalike = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Central = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Turned = null)
{
    [JsonExtensionData]
    public IDictionary<string, object?>? Particulars { get; set; }

    public static EnrollAnswer Of(EnrolledFace face) => new(
        true, 1, "1 face saved", null, face.FacesFound, face.AlreadyEnrolled ? true : null, LookalikeAnswer.Of(face.Lookalike),
        face.IsCentral ? true : null,
        face.Turned > 0 ? face.Turned : null);

    public static EnrollAnswer Of(Error error)
    {
        var particulars = error.Particulars();
        // Existing clients know nothing of it.
        particulars?.Remove(RefusedPicture.Particular);
        return new(false, 0, error.Message, ErrorMapping.WireCode(error)) { Particulars = particulars };
    }
}

/// <param name="Similarity">Cosine similarity to that student, rounded to 4 decimals.</param>
internal sealed record LookalikeAnswer(string StudentId, double Similarity)
{
    public static LookalikeAnswer? Of(GalleryMatch? match) =>
        match is { } known ? new(known.Student.Value, Math.Round(known.Similarity, 4)) : null;
}

internal sealed record FrameAnswer(int W, int H);

/// <param name="Box">top, right, bottom, left.</param>
/// <param name="Distance">On the <see cref="DistanceScale"/>.</param>
internal sealed record FaceAnswer(PixelBox Box, string Label, double Distance)
{
    public static FaceAnswer[] Of(RecognizedFrame frame)
    {
        var answers = new FaceAnswer[frame.Faces.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            var face = frame.Faces[i];
            answers[i] = new(face.Box, face.Who.Student?.Value ?? StudentId.UnknownLabel, face.Who.Distance);
        }
        return answers;
    }
}

internal sealed record RecognizedAnswer(bool Ok, FaceAnswer[] Results, FrameAnswer FrameInfo);

internal sealed record DispatchAnswer(string Label, DispatchReport Report);

internal sealed record DispatchedAnswer(bool Ok, FaceAnswer[] Results, DispatchAnswer[] Dispatch, bool WebhookEnabled);

internal sealed record StudentAnswer(
    string Id,
    string? FullName,
    DateOnly? BirthDate,
    string? ClassName,
    string? Address,
    int EmbeddingCount,
    DateTimeOffset? LastEnrolledAt)
{
    public static StudentAnswer Of(Student student) => new(
        student.Id.Value, student.FullName, student.BirthDate, student.ClassName, student.Address, student.EmbeddingCount,
        student.LastEnrolledAt?.ToUniversalTime());
}

/// <param name="PhotoError">Written only when the photo was not enrolled although the student was stored.</param>
/// <param name="FacesFound">Written only with <paramref name="Central"/> or <paramref name="Turned"/>.</param>
/// <param name="Lookalike">As in <see cref="EnrollAnswer"/>.</param>
/// <param name="Central">As in <see cref="EnrollAnswer"/>.</param>
/// <param name="Turned">As in <see cref="EnrollAnswer"/>.</param>
internal sealed record UpsertedAnswer(
    bool Ok, StudentAnswer Student, int Enrolled,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] PhotoErrorAnswer? PhotoError,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? FacesFound,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] LookalikeAnswer? Lookalike,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Central,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Turned)
{
    public static UpsertedAnswer Of(UpsertedStudent done)
    {
        var told = done.Face is { IsCentral: true } or { Turned: > 0 } ? EnrollAnswer.Of(done.Face) : null;
        return new(
            true, StudentAnswer.Of(done.Student), done.Enrolled, done.PhotoError is { } error ? PhotoErrorAnswer.Of(error) : null,
            told?.FacesFound, LookalikeAnswer.Of(done.Face?.Lookalike), told?.Central, told?.Turned);
    }
}

internal sealed record PhotoErrorAnswer(string Code, string Msg)
{
    public static PhotoErrorAnswer Of(Error error) => new(ErrorMapping.WireCode(error), error.Message);
}

internal sealed record StudentPageAnswer(bool Ok, StudentAnswer[] Items, int Total);

internal sealed record FoundStudentAnswer(bool Ok, StudentAnswer Student);

/// <param name="FirstSeenTs">Unix seconds.</param>
/// <param name="LastSeenTs">Unix seconds.</param>
internal sealed record AttendanceDayAnswer(string StudentId, string? FullName, DateOnly Date, long FirstSeenTs, long LastSeenTs, int Hits)
{
    public static AttendanceDayAnswer[] Of(IReadOnlyList<AttendanceDay> days) =>
        [.. days.Select(d => new AttendanceDayAnswer(
            d.Student.Value, d.FullName, d.Date, d.FirstSeen.ToUnixTimeSeconds(), d.LastSeen.ToUnixTimeSeconds(), d.Hits))];
}

internal sealed record TodayAnswer(bool Ok, AttendanceDayAnswer[] Items);

internal sealed record StudentDaysAnswer(bool Ok, string StudentId, AttendanceDayAnswer[] Items);

internal sealed record TokenPairAnswer(string Refresh, string Access)
{
    public override string ToString() => "TokenPairAnswer(withheld)";
}

internal sealed record RefreshedTokensAnswer(string Access, string Refresh)
{
    public override string ToString() => "RefreshedTokensAnswer(withheld)";
}

internal sealed record LoggedOutAnswer;

internal sealed record MessageAnswer(string Message);

/// <summary>Either another person, in a message, or why nothing could be compared, in an error.</summary>
internal sealed record FaceTestAnswer(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Message,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Error);

internal sealed record TokenAnswer(bool Ok, string Token, JsonElement Received);

/// <summary>A rectangle as the HTTP answers carry it: [top, right, bottom, left].</summary>
internal sealed class PixelBoxConverter : JsonConverter<PixelBox>
{
    public override PixelBox Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Boxes are only written.");

    public override void Write(Utf8JsonWriter writer, PixelBox value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(value.Top);
        writer.WriteNumberValue(value.Right);
        writer.WriteNumberValue(value.Bottom);
        writer.WriteNumberValue(value.Left);
        writer.WriteEndArray();
    }
}

[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(ConfigAnswer))]
[JsonSerializable(typeof(EnrollAnswer))]
[JsonSerializable(typeof(RecognizedAnswer))]
[JsonSerializable(typeof(DispatchedAnswer))]
[JsonSerializable(typeof(UpsertedAnswer))]
[JsonSerializable(typeof(StudentPageAnswer))]
[JsonSerializable(typeof(FoundStudentAnswer))]
[JsonSerializable(typeof(TodayAnswer))]
[JsonSerializable(typeof(StudentDaysAnswer))]
[JsonSerializable(typeof(TokenAnswer))]
internal sealed partial class ContractJson : JsonSerializerContext
{
    /// <summary>How the contract's bodies are written.</summary>
    public static ContractJson Wire { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // Answers are JSON for programs, never part of a page: quotes and umlauts stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new PixelBoxConverter(), new DispatchReportJsonConverter() },
    });
}
