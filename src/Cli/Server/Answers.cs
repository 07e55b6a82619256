namespace FaceAttendance.Cli.Server;

/// <summary>GET /health.</summary>
/// <param name="Encodings">Templates that can be matched.</param>
internal sealed record HealthAnswer(bool Ok, int Encodings, int Labels);

/// <summary>POST /enroll.</summary>
/// <param name="Central">Of several people the one in the middle was taken.</param>
/// <param name="Turned">Degrees clockwise, where the photo had to be turned.</param>
/// <param name="Lookalike">Another student who looks much alike; null where nobody does.</param>
internal sealed record EnrollAnswer(
    bool Ok, int Saved, int FacesFound, bool AlreadyEnrolled, bool Central, int? Turned, LookalikeEntry? Lookalike);

/// <param name="Similarity">Cosine similarity.</param>
internal sealed record LookalikeEntry(string? StudentId, double Similarity);

/// <summary>GET /api/v1/template-keys, and POST …/rotation, which adds what it did.</summary>
/// <param name="Remaining">Rows that are not yet under the current key.</param>
internal sealed record TemplateKeysAnswer(long Rotated, string? CurrentKey, long Remaining, IReadOnlyList<TemplateKeyEntry>? Keys);

internal sealed record TemplateKeyEntry(string? Id, long Rows, long Secrets, bool IsHere);

/// <summary>GET /api/v1/audit/verification.</summary>
/// <param name="Fault">changed, missing or not_as_noted.</param>
internal sealed record AuditVerdictAnswer(bool Ok, long Rows, string? Head, string? Fault, long? At);

/// <summary>A line of the report of POST /api/v1/students/import: a row, or at last the summary, or why there is none.</summary>
/// <param name="PhotoName">As the roster gives it.</param>
internal sealed record RosterLine(
    int Line, string? StudentId, string? Outcome, string? PhotoName, string? Code, string? Message, RosterSummary? Summary,
    RosterFailure? Error);

internal sealed record RosterSummary(int Rows, int Created, int Updated, int Unchanged, int Refused);

internal sealed record RosterFailure(string? Code, string? Message);

/// <summary>POST /api/v1/students/{id}/faces.</summary>
/// <param name="Central">As in <see cref="EnrollAnswer"/>.</param>
/// <param name="Turned">As in <see cref="EnrollAnswer"/>.</param>
/// <param name="Lookalike">As in <see cref="EnrollAnswer"/>.</param>
internal sealed record AddedFaceAnswer(int FacesFound, bool AlreadyEnrolled, bool Central, int? Turned, LookalikeEntry? Lookalike);

/// <summary>GET /api/v1/gallery/similarities.</summary>
internal sealed record GallerySurveyAnswer(
    int Students, int LookedAt, double Threshold, double DuplicateThreshold, StrangersNamedEntry? StrangersNamed,
    IReadOnlyList<NearestOtherEntry>? NearestOther, IReadOnlyList<LookalikePairEntry>? Lookalikes);

/// <summary>Shares in [0, 1]; null where there is none.</summary>
internal sealed record StrangersNamedEntry(double? Set, double? Estimated, double? Measured);

/// <param name="From">Similarity, the lower end of a step of 0.05.</param>
internal sealed record NearestOtherEntry(double From, int Students);

internal sealed record LookalikePairEntry(string? StudentId, string? OtherId, double Similarity);

/// <summary>GET /students/{id}.</summary>
internal sealed record StudentAnswer(StudentEntry? Student);

/// <param name="EmbeddingCount">Templates of the student.</param>
internal sealed record StudentEntry(int EmbeddingCount);

/// <summary>POST /recognize.</summary>
internal sealed record RecognizeAnswer(IReadOnlyList<FaceEntry>? Results);

/// <summary>A face and who it is.</summary>
/// <param name="Box">Pixels of the upright image: top, right, bottom, left.</param>
/// <param name="Distance">0 is identical, 0.45 the model's threshold, 1 opposite.</param>
internal sealed record FaceEntry(int[]? Box, string? Label, double Distance);

/// <summary>POST /recognize/realtime.</summary>
internal sealed record RealtimeAnswer(IReadOnlyList<DispatchEntry>? Dispatch);

internal sealed record DispatchEntry(string? Label, ReportEntry? Report);

/// <param name="Status">sent, failed or skipped.</param>
/// <param name="HttpStatus">Null when the receiver gave no answer or was not asked.</param>
internal sealed record ReportEntry(string? Status, int? HttpStatus, string? Message, string? Reason);
