using System.Diagnostics;
using FaceAttendance.Application.Notices;
using FaceAttendance.Infrastructure;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.Infrastructure.Operations;

namespace FaceAttendance.WebApi.Operations;

/// <summary>What concerns the machine and all schools on it.</summary>
/// <param name="Backup">Null when nobody said where they lie.</param>
/// <param name="Certificate">Null where the server answers without TLS.</param>
internal sealed record MachineReport(
    string DiskFolder, long FreeBytes, long TotalBytes, DatabaseReading Database, BackupState? Backup, CertificateState? Certificate,
    IReadOnlyList<Finding> Findings);

/// <summary>What <c>faceattendance doctor</c> finds, seen from within the running server. Thread-safe.</summary>
internal sealed class ServerReport(
    ServerExamination examination, ServerState state, InferenceState inference, IBackups backups, IServerCertificate certificate,
    TimeProvider clock) : IDisposable
{
    // An open page asks again and again; the examination opens what is encrypted and reads a folder.
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private (long At, MachineReport Report)? _known;

    public static DateTimeOffset StartedAt { get; } = new(Process.GetCurrentProcess().StartTime.ToUniversalTime());

    public async Task<MachineReport> ReadAsync(CancellationToken ct)
    {
        await _turn.WaitAsync(ct);
        try
        {
            if (_known is { } known && clock.GetElapsedTime(known.At) < Remembered) return known.Report;
            var report = await ExamineAsync(ct);
            _known = (clock.GetTimestamp(), report);
            return report;
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private async Task<MachineReport> ExamineAsync(CancellationToken ct)
    {
        var database = await state.ReadDatabaseAsync(ct);
        var now = clock.GetUtcNow();
        var (backup, shown) = (backups.Look(), await certificate.ReadAsync(ct));
        var (folder, drive) = (Doctor.DataFolder, new DriveInfo(Doctor.DataFolder));
        return new(folder, drive.AvailableFreeSpace, drive.TotalSize, database, backup, shown,
        [
            .. Doctor.ExamineEngines(), Doctor.JudgeModels(inference.Description.Profile, inference.IsStandIn),
            .. await examination.RunAsync(isDatabaseNamed: true, ct),
            state.IsDispatcherAlive
                ? Finding.Ok("delivery", "Events are being delivered.")
                : Finding.Fault("delivery", "Nobody looks after the events that wait. Restart the server; its log says why."),
            Doctor.JudgeDisk(folder, drive.AvailableFreeSpace), ServerExamination.JudgeBackup(backup, now),
            ServerExamination.JudgeCertificate(shown, now),
        ]);
    }
}
