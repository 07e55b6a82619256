using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Domain.Notices;

/// <summary>When staff must know of something, and when its cause has ended.</summary>
public static class NoticeRules
{
    // Devices beat once a minute; a restart of one takes some.
    private static readonly TimeSpan SilenceInLesson = TimeSpan.FromMinutes(10);

    // Many are switched off for the night.
    private static readonly TimeSpan SilenceOutside = TimeSpan.FromDays(1);

    // The first retries go out within minutes; a receiver that is only restarted is back by then.
    private static readonly TimeSpan FailingForLong = TimeSpan.FromMinutes(15);

    // Time to order a certificate and have it installed.
    private static readonly TimeSpan CertificateNotice = TimeSpan.FromDays(14);

    // Of one that lives shorter than some weeks, and is renewed by a program, the last quarter.
    private const int LastPart = 4;

    // A further photo moves a student's direction a little; that alone ends nothing.
    private const float LookalikeSlack = 0.05f;

    /// <summary>Silence during a lesson counts after ten minutes, at other times after a day; once raised, until the device is heard of
    /// again.</summary>
    public static bool IsSilent(DateTimeOffset lastHeard, DateTimeOffset now, bool isLesson, bool isRaised) =>
        now - lastHeard > (isLesson || isRaised ? SilenceInLesson : SilenceOutside);

    /// <summary>A camera that the server looks through is expected to show something all of its hours; one without hours as a device
    /// is to be heard of. Outside its hours nothing is raised, and what was raised lasts.</summary>
    /// <param name="lastFrame">Null when none ever came.</param>
    /// <param name="changedAt">When it was added or changed, before which it owes nothing.</param>
    /// <param name="local">Now, as a clock at the school shows it.</param>
    public static bool IsCameraSilent(
        DateTimeOffset? lastFrame, DateTimeOffset changedAt, CameraHours? hours, DateTimeOffset local, bool isLesson, bool isRaised)
    {
        var since = lastFrame > changedAt ? lastFrame.Value : changedAt;
        if (isRaised || hours is null) return IsSilent(since, local, isLesson, isRaised);
        if (!hours.Cover(local)) return false;
        var begun = new DateTimeOffset(local.Date + hours.From.ToTimeSpan(), local.Offset);
        return IsSilent(since > begun ? since : begun, local, isLesson: true, isRaised: false);
    }

    /// <param name="failingSince">The first failure after the last delivery that was accepted; null when the last was accepted.</param>
    /// <param name="isGivenUp">The server disabled the endpoint for what it answered.</param>
    /// <param name="dead">Deliveries that were given up.</param>
    public static bool DeliveriesFail(DateTimeOffset? failingSince, bool isGivenUp, long dead, DateTimeOffset now) =>
        isGivenUp || dead > 0 || now - failingSince > FailingForLong;

    /// <param name="newest">Null when there is none.</param>
    public static bool IsBackupOverdue(DateTimeOffset? newest, TimeSpan mostAge, DateTimeOffset now) => !(now - newest <= mostAge);

    public static bool IsCertificateEnding(DateTimeOffset begins, DateTimeOffset ends, DateTimeOffset now)
    {
        var lastPart = (ends - begins) / LastPart;
        return ends - now < (lastPart < CertificateNotice ? lastPart : CertificateNotice);
    }

    /// <param name="similarity">Of the two students as they are enrolled now; null when one is not.</param>
    /// <param name="threshold">The school's, of <see cref="MatchPolicy"/>.</param>
    public static bool AreLookalikes(float? similarity, float threshold) => similarity >= threshold - LookalikeSlack;
}
