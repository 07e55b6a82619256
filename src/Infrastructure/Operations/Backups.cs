using System.ComponentModel.DataAnnotations;
using FaceAttendance.Application.Notices;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Operations;

/// <summary>Where whoever runs the server puts its backups. Section: <c>Backups</c>.</summary>
public sealed class BackupOptions
{
    /// <summary>BACKUP_FOLDER: the newest file in it is the newest backup. Null or empty: nobody looks.</summary>
    public string? Folder { get; set; }

    /// <summary>BACKUP_HOURS: how old the newest may be. Default 26 hours: one a night, and a night that takes longer.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(26);
}

[OptionsValidator]
internal sealed partial class BackupOptionsValidator : IValidateOptions<BackupOptions>;

/// <summary>Backups by the files that are there; what is in them is tried by restoring one.</summary>
internal sealed class Backups(IOptions<BackupOptions> options) : IBackups
{
    public BackupState? Look()
    {
        if (options.Value is not { Folder: { Length: > 0 } folder, MaxAge: var most }) return null;
        try
        {
            var newest = new DirectoryInfo(folder).EnumerateFiles().Where(file => file.Length > 0).MaxBy(file => file.LastWriteTimeUtc);
            return new(folder, newest is null ? null : new DateTimeOffset(newest.LastWriteTimeUtc), most);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A disk that is not mounted, or a folder that may not be read: there is no backup that anybody could know of.
            return new(folder, null, most);
        }
    }
}
