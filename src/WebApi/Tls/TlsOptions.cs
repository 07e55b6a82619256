namespace FaceAttendance.WebApi.Tls;

/// <summary>Whom the server says to be over TLS. Section: <c>Tls</c>.</summary>
internal sealed class TlsOptions
{
    /// <summary>The server program's argument that sets <see cref="Lan"/>.</summary>
    public const string Argument = "--lan";

    public const string LanSetting = "Tls:Lan";

    /// <summary>Whether to listen on the network, with a certificate of the server's own authority unless another is given.</summary>
    public bool Lan { get; set; }

    /// <summary>TLS_CERTIFICATE_FILE: PEM, the certificate first and what stands between it and its root behind.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>TLS_KEY_FILE: PEM; null when it stands in <see cref="CertificateFile"/>.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Where the authority's key and certificate lie; null for <c>.data/tls</c>.</summary>
    public string? Folder { get; set; }
}
