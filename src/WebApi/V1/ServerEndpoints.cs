using System.Reflection;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Notices;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.Infrastructure.Operations;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Operations;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.V1;

/// <summary>A weight file.</summary>
/// <param name="Sha256">The file had it at the start.</param>
internal sealed record ModelAnswer(string Name, string File, string Sha256);

/// <summary>What pictures are looked at with.</summary>
/// <param name="Runtime">ONNX Runtime's version.</param>
/// <param name="Contract">What templates are stored under.</param>
internal sealed record ServerModelsAnswer(string Profile, string Runtime, string Contract, IReadOnlyList<ModelAnswer> Weights);

/// <summary>The school's own gallery.</summary>
/// <param name="Threshold">Cosine similarity from which on a face is a student's.</param>
internal sealed record GalleryStateAnswer(int Templates, int Students, double Threshold);

/// <summary>The school's own deliveries.</summary>
/// <param name="OldestPendingSeconds">How long the oldest waits; 0 when none does.</param>
internal sealed record DeliveriesStateAnswer(long Pending, long Dead, double OldestPendingSeconds);

/// <summary>The way to the models in the process that answers.</summary>
/// <param name="Busy">Workers that analyze a picture now.</param>
/// <param name="QueueLength">How many pictures may wait.</param>
internal sealed record InferenceStateAnswer(int Workers, int Busy, int Waiting, int QueueLength);

internal sealed record DiskAnswer(string Folder, long FreeBytes, long TotalBytes);

internal sealed record DatabaseAnswer(string Version, long SizeBytes);

/// <param name="NewestAt">Null when there is none.</param>
internal sealed record BackupAnswer(string Folder, DateTimeOffset? NewestAt, double MostAgeHours, bool Overdue);

internal sealed record CertificateAnswer(
    string Name, string Issuer, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Sha256, bool Ending);

/// <summary>What was examined and how it was found.</summary>
/// <param name="Message">What is so and, unless all is well, what to do.</param>
internal sealed record FindingAnswer(string Check, FindingState State, string Message);

/// <summary>What concerns the machine and all schools on it.</summary>
/// <param name="Backup">Null when BACKUP_FOLDER does not say where they lie.</param>
/// <param name="Certificate">Null where the server answers without TLS itself.</param>
internal sealed record MachineAnswer(
    DiskAnswer Disk, DatabaseAnswer Database, BackupAnswer? Backup, CertificateAnswer? Certificate, IReadOnlyList<FindingAnswer> Findings)
{
    public static MachineAnswer Of(MachineReport report, DateTimeOffset now) => new(
        new(report.DiskFolder, report.FreeBytes, report.TotalBytes), new(report.Database.Version, report.Database.SizeBytes),
        report.Backup is { } backup
            ? new(backup.Folder, backup.NewestAt?.ToUniversalTime(), backup.MostAge.TotalHours,
                NoticeRules.IsBackupOverdue(backup.NewestAt, backup.MostAge, now))
            : null,
        report.Certificate is { } shown
            ? new(shown.Name, shown.Issuer, shown.NotBefore.ToUniversalTime(), shown.NotAfter.ToUniversalTime(), shown.Sha256,
                NoticeRules.IsCertificateEnding(shown.NotBefore, shown.NotAfter, now))
            : null,
        [.. report.Findings.Select(f => new FindingAnswer(f.Check, f.State, f.Message))]);
}

/// <summary>How the server is.</summary>
/// <param name="StartedAt">The process that answers.</param>
/// <param name="Machine">In the operator's school alone.</param>
internal sealed record ServerAnswer(
    string Version, DateTimeOffset StartedAt, ServerModelsAnswer Models, GalleryStateAnswer Gallery, DeliveriesStateAnswer Deliveries,
    InferenceStateAnswer Inference, MachineAnswer? Machine);

/// <summary>GET /api/v1/server.</summary>
internal static class ServerEndpoints
{
    private const string Example =
        """{"version":"0.1.0","started_at":"2026-01-05T00:00:00+00:00","models":{"profile":"standard","runtime":"1.23.0","contract":"arcface-r50","weights":[{"name":"embedder","file":"embedder.onnx","sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}]},"gallery":{"templates":824,"students":412,"threshold":0.4512},"deliveries":{"pending":0,"dead":0,"oldest_pending_seconds":0},"inference":{"workers":2,"busy":1,"waiting":0,"queue_length":32},"machine":{"disk":{"folder":"/srv/faceattendance/.data","free_bytes":52428800000,"total_bytes":107374182400},"database":{"version":"15.8","size_bytes":73400320},"backup":{"folder":"/srv/backups","newest_at":"2026-01-05T00:00:00+00:00","most_age_hours":26,"overdue":false},"certificate":null,"findings":[{"check":"disk","state":"ok","message":"50,000 MiB are free where /srv/faceattendance/.data lies."}]}}""";

    private static readonly string Version =
        typeof(ServerEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static void MapServer(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/server", GetAsync).Needs(Scopes.Admin)
            .Describe("GetServer", ApiGroup.Server, "How the server is",
                "Version, models, the school's gallery and deliveries, and how full the way to the models is. In the operator's school " +
                "also what concerns all: disk, database, backups, certificate, and what `faceattendance doctor` finds, each finding with " +
                "what to do. Findings are at most ten seconds old.")
            .Answers<ServerAnswer>(200, "The state", Example).AnswersUsualProblems();

    private static async Task<Results<Ok<ServerAnswer>, ProblemAnswer>> GetAsync(
        HttpContext http, ServerReport report, ServerState state, InferenceState inference, IGallery gallery,
        IOptions<RecognitionOptions> recognition, TimeProvider clock, CancellationToken ct)
    {
        var school = http.School();
        var opened = await gallery.OpenAsync(school, ct);
        if (opened.Error is { } error) return error.ToProblem();
        var faces = opened.Value;
        var outbox = await state.ReadOutboxAsync(school, ct);
        var gate = inference.ReadGate();
        var machine = school == SchoolId.First ? MachineAnswer.Of(await report.ReadAsync(ct), clock.GetUtcNow()) : null;
        return TypedResults.Ok(new ServerAnswer(
            Version, ServerReport.StartedAt,
            new(inference.Description.Profile, inference.Description.Runtime, inference.Contract,
                [.. inference.Models.Select(m => new ModelAnswer(m.Name, m.File, m.Sha256))]),
            new(faces.Templates, faces.Students.Total, Math.Round(recognition.Value.PolicyFor(faces.Students).Threshold, 4)),
            new(outbox.Pending, outbox.Dead, Math.Round(outbox.OldestPending.TotalSeconds, 1)),
            new(gate.Workers, gate.Busy, gate.Waiting, gate.QueueLength), machine));
    }
}
