using FaceAttendance.Application.Access;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.Net.Http.Headers;

namespace FaceAttendance.WebApi.V1;

/// <summary>/api/v1/students/import.</summary>
internal static class ImportEndpoints
{
    private const string Csv = "text/csv";

    private const string Example =
        "student_id,full_name,birth_date,class_name,address,photo\r\nsiswaA,Ayu Lestari,2010-04-21,7B,\"Jl. Mawar 1, Malang\",ayu.jpg\r\n";

    private const string Report =
        """
        {"line":2,"student_id":"siswaA","outcome":"created","photo_name":"ayu.jpg","photo":"enrolled"}
        {"line":3,"student_id":"siswa B","outcome":"refused","code":"request.invalid_field","message":"student_id has 1 to 64 characters, …"}
        {"summary":{"rows":2,"created":1,"updated":0,"unchanged":0,"refused":1,"photos":{"enrolled":1,"already_enrolled":0,"found":0,"refused":0},"dry_run":false}}

        """;

    private static readonly WantedFile Roster = new("roster", ImportCsv.MaxBytes, "a roster");
    private static readonly WantedFile Photos = new("photos", PhotoArchive.MaxBytes, "a ZIP of photos");

    public static void MapRoster(this IEndpointRouteBuilder app) => app.MapPost("/api/v1/students/import", ImportAsync).Needs(Scopes.Enroll)
        .Describe("ImportRoster", ApiGroup.StudentResources, "Import a roster",
            $$"""
            Creates and updates the students of a CSV file, as a form with `roster` and, if wanted, `photos`, or as a bare `text/csv` body. The same file
            again changes nothing, and a photo that is enrolled already is not looked at again. A row that is refused stops no other.

            The CSV is UTF-8 of at most {{ImportCsv.MaxBytes / (1024 * 1024)}} MiB and {{ImportStudents.MaxRows}} rows, separated by commas, semicolons or tabs. Its
            header names the columns: `student_id` and `full_name`, and besides `birth_date` (YYYY-MM-DD), `class_name`, `address` and `photo`, the name of
            a file in the ZIP. Without it, `<student_id>.jpg`, `.jpeg`, `.png`, `.webp`, `.avif`, `.heic` or `.heif` is taken if it is there. An empty field keeps what is stored.

            The ZIP has at most {{PhotoArchive.MaxBytes / (1024 * 1024)}} MiB, {{PhotoArchive.MaxEntries}} entries and 15 MiB for each photo, and is unpacked in
            memory alone. For more, send the CSV first and then each photo to `/api/v1/students/{id}/faces`, as `faceattendance import` does.

            The answer is one JSON object a line, sent while the import runs, and a summary at last; without it the import was broken off, and may be
            repeated. With `dry_run` nothing is stored.
            """)
        .TakesQuery("dry_run", "Report what would happen, and store nothing. May stand in the form too.", false)
        .TakesQuery("central",
            "Of several people on a photo, take the one in the middle; its line then says `central`. May stand in the form too.", false)
        .TakesFile("roster", "The CSV file.", isRequired: true)
        .TakesFile("photos", "A ZIP of photos.")
        .TakesText(Csv, Example)
        .AnswersText(200, "The report", JsonLines.ContentType, Report)
        .AnswersProblem(400, "The CSV's header is wrong", "roster.invalid_header")
        .AnswersProblem(413, "A file is too large", "request.too_large").AnswersUsualProblems();

    private static async Task<IResult> ImportAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var isCsv = MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type)
            && type.MediaType.Equals(Csv, StringComparison.OrdinalIgnoreCase);
        var read = isCsv ? await UploadForm.ReadBodyAsync(http.Request, Roster, ct) : await UploadForm.ReadAsync(
            http.Request, [Roster, Photos], ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var form = read.Value;
        var fields = new RequestFields(http.Request, form);
        var file = fields.RequiredFile(Roster.Field);
        var zip = fields.OptionalFile(Photos.Field);
        var dryRun = fields.Flag("dry_run", absent: false, RequestFields.Query, RequestFields.Body);
        var central = fields.Flag("central", absent: false, RequestFields.Query, RequestFields.Body);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var roster = ImportCsv.Open(file);
        if (roster.Error is { } misread) return misread.ToProblem();
        var opened = zip is { } archive ? PhotoArchive.Open(archive) : Result<PhotoArchive>.Ok(null!);
        if (opened.Error is { } damaged) return damaged.ToProblem();
        using var photos = opened.Value;
        var imported = await mediator.Send(new ImportStudents(http.School(), roster.Value.Rows(), photos, dryRun, central), ct);
        if (imported.Error is { } error) return error.ToProblem();
        // Within the method, for the rows are read from the form's memory as the report is written.
        await new ImportReport(imported.Value, dryRun).ExecuteAsync(http);
        return Results.Empty;
    }
}
