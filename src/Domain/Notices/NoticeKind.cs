namespace FaceAttendance.Domain.Notices;

/// <summary>What staff must know of.</summary>
public enum NoticeKind
{
    /// <summary>A face was enrolled that a camera would hardly tell from another student's.</summary>
    Lookalike,

    /// <summary>A device that was heard of is heard of no more.</summary>
    CameraSilent,

    /// <summary>An endpoint accepts nothing, or deliveries to it were given up.</summary>
    DeliveriesFailing,

    /// <summary>The newest backup is older than it may be, or there is none where they are to lie.</summary>
    BackupOverdue,

    /// <summary>The server's certificate ends soon, or has ended.</summary>
    CertificateEnding,
}

/// <summary>What became of a notice.</summary>
public enum NoticeState
{
    /// <summary>Its cause lasts, and nobody has said that they know.</summary>
    Open,

    /// <summary>Its cause lasts, and somebody knows.</summary>
    Acknowledged,

    /// <summary>Its cause has ended.</summary>
    Resolved,
}

public readonly record struct NoticeId(Guid Value)
{
    public static NoticeId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}
