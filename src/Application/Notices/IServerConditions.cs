namespace FaceAttendance.Application.Notices;

/// <param name="Folder">Where backups are to lie.</param>
/// <param name="NewestAt">Null when none lies there.</param>
/// <param name="MostAge">How old the newest may be.</param>
public sealed record BackupState(string Folder, DateTimeOffset? NewestAt, TimeSpan MostAge);

/// <param name="Name">Whom it names.</param>
/// <param name="Sha256">Its fingerprint in lower-case hex.</param>
public sealed record CertificateState(string Name, string Issuer, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Sha256);

/// <summary>What backups this machine sees.</summary>
public interface IBackups
{
    /// <returns>Null when nobody said where they lie.</returns>
    BackupState? Look();
}

/// <summary>What this process shows to whoever connects.</summary>
public interface IServerCertificate
{
    /// <returns>Null where it answers without TLS.</returns>
    Task<CertificateState?> ReadAsync(CancellationToken ct);
}
