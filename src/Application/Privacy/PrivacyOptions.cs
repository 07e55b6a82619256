using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Privacy;

/// <summary>What the school allows itself with people's data. Section: <c>Privacy</c>.</summary>
public sealed class PrivacyOptions
{
    /// <summary>CONSENT_REQUIRED: whether a face is enrolled and matched only after consent was given. Default false; a withdrawal counts
    /// in any case.</summary>
    public bool ConsentRequired { get; set; }

    /// <summary>RETENTION_ATTENDANCE_DAYS: how long attendance is kept; 0, the default, keeps it until the student is erased.</summary>
    [Range(0, 36_500)]
    public int AttendanceDays { get; set; }

    /// <summary>RETENTION_EVENT_DAYS: how long events and their deliveries are kept once none of them is pending. Default 90; 0 keeps
    /// them.</summary>
    [Range(0, 36_500)]
    public int EventDays { get; set; } = 90;

    /// <summary>RETENTION_SIGHTING_DAYS: how long the face of what a camera recorded is kept, encrypted, so that it can become a negative
    /// example where the name was wrong. Default 7; 0 keeps none.</summary>
    [Range(0, 36_500)]
    public int SightingDays { get; set; } = 7;

    /// <summary>RETENTION_NEGATIVE_DAYS: how long a negative example is kept. Default 365, a school year; 0 keeps it until the correction
    /// is undone or one of the two students is erased.</summary>
    [Range(0, 36_500)]
    public int NegativeDays { get; set; } = 365;

    /// <summary>ERASURES_FILE: lists erasures outside the database, so that a restored backup forgets them again. In Development by default
    /// .data/erasures.</summary>
    public string? ErasuresFile { get; set; }

    /// <summary>RETENTION_RECEIPT_DAYS: how long erasure receipts are kept. Default 0, for ever.</summary>
    [Range(0, 36_500)]
    public int ReceiptDays { get; set; }
}

[OptionsValidator]
public sealed partial class PrivacyOptionsValidator : IValidateOptions<PrivacyOptions>;
