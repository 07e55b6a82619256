using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.WebApi.Contract;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.Operations;
using Microsoft.AspNetCore.Http.Json;

namespace FaceAttendance.WebApi.V1;

/// <summary>How bodies are written: names and words in lower case with underscores, in the order in which a record has them.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(Page<ApiKeyAnswer>))]
[JsonSerializable(typeof(IssuedApiKeyAnswer))]
[JsonSerializable(typeof(Page<DeviceAnswer>))]
[JsonSerializable(typeof(IssuedDeviceAnswer))]
[JsonSerializable(typeof(Page<CameraAnswer>))]
[JsonSerializable(typeof(Page<UserAnswer>))]
[JsonSerializable(typeof(SessionAnswer))]
[JsonSerializable(typeof(SchoolAnswer))]
[JsonSerializable(typeof(ServerAddressAnswer))]
[JsonSerializable(typeof(SetUpAnswer))]
[JsonSerializable(typeof(StudentAnswer))]
[JsonSerializable(typeof(Listing<FaceTemplateAnswer>))]
[JsonSerializable(typeof(AddedFaceAnswer))]
[JsonSerializable(typeof(RefusedPicture))]
[JsonSerializable(typeof(RosterPage))]
[JsonSerializable(typeof(Listing<SchoolClassAnswer>))]
[JsonSerializable(typeof(AttendancePage))]
[JsonSerializable(typeof(AttendanceRecordAnswer))]
[JsonSerializable(typeof(Listing<ClassSessionAnswer>))]
[JsonSerializable(typeof(ClassSessionWithAttendance))]
[JsonSerializable(typeof(RollCallAnswer))]
[JsonSerializable(typeof(ReportAnswer))]
[JsonSerializable(typeof(Page<LessonAnswer>))]
[JsonSerializable(typeof(Listing<HolidayAnswer>))]
[JsonSerializable(typeof(LessonLine))]
[JsonSerializable(typeof(LessonImportEnd))]
[JsonSerializable(typeof(CheckInAcceptedAnswer))]
[JsonSerializable(typeof(CheckInRefusal))]
[JsonSerializable(typeof(SiteCollection))]
[JsonSerializable(typeof(PlaceAnswer))]
[JsonSerializable(typeof(EvidencePolicyAnswer))]
[JsonSerializable(typeof(Page<NoticeAnswer>))]
[JsonSerializable(typeof(ServerAnswer))]
[JsonSerializable(typeof(GallerySurveyAnswer))]
[JsonSerializable(typeof(GalleryScoresAnswer))]
[JsonSerializable(typeof(RecognitionAnswer))]
[JsonSerializable(typeof(RecordedSightingAnswer))]
[JsonSerializable(typeof(VerificationAnswer))]
[JsonSerializable(typeof(ConsentAnswer))]
[JsonSerializable(typeof(ErasureAnswer))]
[JsonSerializable(typeof(ErasureProofAnswer))]
[JsonSerializable(typeof(RetentionAnswer))]
[JsonSerializable(typeof(TemplateKeysAnswer))]
[JsonSerializable(typeof(KeyRotationAnswer))]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(AuditVerdictAnswer))]
[JsonSerializable(typeof(Listing<WebhookAnswer>))]
[JsonSerializable(typeof(WebhookWithSecret))]
[JsonSerializable(typeof(DeliveryPage))]
[JsonSerializable(typeof(DeliveryWithBody))]
[JsonSerializable(typeof(ReplayAnswer))]
[JsonSerializable(typeof(ImportLine))]
[JsonSerializable(typeof(ImportEnd))]
[JsonSerializable(typeof(ImportBreak))]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(RefusedAnswer))]
[JsonSerializable(typeof(EnrollAnswer))]
[JsonSerializable(typeof(MessageAnswer))]
[JsonSerializable(typeof(TokenPairAnswer))]
[JsonSerializable(typeof(RefreshedTokensAnswer))]
[JsonSerializable(typeof(LoggedOutAnswer))]
[JsonSerializable(typeof(LiveAnswer))]
[JsonSerializable(typeof(ReadyAnswer))]
[JsonSerializable(typeof(FaultsAnswer))]
[JsonSerializable(typeof(DetailAnswer))]
[JsonSerializable(typeof(FaceErrorAnswer))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string[]>))]
internal sealed partial class V1Json : JsonSerializerContext
{
    public static void Add(IServiceCollection services) => services.Configure<JsonOptions>(json =>
    {
        var options = json.SerializerOptions;
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        // Answers are JSON for programs, never part of a page: quotes and umlauts stay readable.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false));
        options.Converters.Add(new ClockTime());
        options.TypeInfoResolverChain.Insert(0, Default);
    });

    /// <summary>A time of day as people write it.</summary>
    private sealed class ClockTime : JsonConverter<TimeOnly>
    {
        public override TimeOnly Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("Bodies are read field by field.");

        public override void Write(Utf8JsonWriter writer, TimeOnly value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString("HH:mm", CultureInfo.InvariantCulture));
    }
}
