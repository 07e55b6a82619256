using System.Security.Cryptography;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Cli.Enrollment;

/// <summary>What became of one student's files.</summary>
internal sealed class StudentTally(StudentFolder folder)
{
    private readonly Lock _lock = new();
    private readonly List<RefusedFile> _refused = [.. folder.Refused];
    private readonly List<PhotoRemark> _remarks = [];
    private int _left = folder.Photos.Count;

    public StudentFolder Folder => folder;

    public int Saved { get; private set; }

    /// <summary>The server has held them since an earlier run.</summary>
    public int AlreadyEnrolled { get; private set; }

    public IReadOnlyList<RefusedFile> Refused => _refused;

    public IReadOnlyList<PhotoRemark> Remarks => _remarks;

    /// <summary>Notes one photo's outcome.</summary>
    /// <returns>Whether it was the student's last.</returns>
    public bool Note(PhotoOutcome outcome)
    {
        lock (_lock)
        {
            switch (outcome)
            {
                case PhotoOutcome.Saved saved:
                    Saved++;
                    _remarks.AddRange(saved.Remarks);
                    break;
                case PhotoOutcome.AlreadyEnrolled: AlreadyEnrolled++; break;
                case PhotoOutcome.Refused refused: _refused.Add(refused.File); break;
                default: throw new InvalidOperationException($"Unforeseen outcome {outcome.GetType().Name}.");
            }
            return --_left == 0;
        }
    }
}

internal abstract record PhotoOutcome
{
    private PhotoOutcome()
    {
    }

    public sealed record Saved(IEnumerable<PhotoRemark> Remarks) : PhotoOutcome;

    public sealed record AlreadyEnrolled : PhotoOutcome;

    public sealed record Refused(RefusedFile File) : PhotoOutcome;
}

/// <summary>Posts photos of many students, a few at a time. Any part of a run may be repeated: the server stores a photo once.</summary>
/// <param name="central">Of several people on a photo, take the one in the middle.</param>
internal sealed class BulkEnrollment(FaceServer server, EnrollmentJournal journal, bool central, PhotoOverrides overrides)
{
    // Far above what the server takes (it answers 413), far below what would fill this machine's memory with one misnamed film.
    private const long MaxPhotoBytes = 256L * 1024 * 1024;

    /// <summary>
    /// Forgets the whole journal when the server matches fewer templates than were accepted: its gallery was wiped, or it changed to a
    /// model that cannot use the templates it holds. Less than that shows in one student's count and is asked for with the student.
    /// </summary>
    /// <returns>Whether the journal was forgotten.</returns>
    public bool ForgetIfGalleryShrank(HealthAnswer health)
    {
        if (health.Encodings >= journal.Count) return false;
        journal.ForgetAll();
        return true;
    }

    /// <param name="photoDone">Called after each photo, from any thread.</param>
    /// <param name="studentDone">Called after a student's last photo, from any thread.</param>
    /// <exception cref="CommandFailedException">The server is gone or refuses the caller. The tallies hold what was done.</exception>
    public Task RunAsync(
        IReadOnlyList<StudentTally> students, int parallel, Action photoDone, Action<StudentTally> studentDone, CancellationToken ct)
    {
        var work =
            from student in students
            let isTrusted = new Lazy<Task<bool>>(() => IsJournalTrueAsync(student.Folder.Student, ct))
            from photo in student.Folder.Photos
            select (student, isTrusted, photo);
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = ct };
        return Parallel.ForEachAsync(work, options, async (item, ct) =>
        {
            var outcome = await EnrollAsync(item.student.Folder.Student, item.photo, item.isTrusted, ct);
            photoDone();
            if (item.student.Note(outcome)) studentDone(item.student);
        });
    }

    /// <summary>Whether the server holds as many templates of the student as it accepted; if not, the journal forgets them.</summary>
    private async Task<bool> IsJournalTrueAsync(StudentId student, CancellationToken ct)
    {
        var accepted = journal.CountOf(student);
        if (accepted == 0) return false;

        var answer = await SendAsync(c => server.StudentAsync(student.Value, c), ct);
        if (answer.IsSuccess && answer.Read<StudentAnswer>().Student is { } stored && stored.EmbeddingCount >= accepted) return true;
        journal.Forget(student);
        return false;
    }

    private async Task<PhotoOutcome> EnrollAsync(StudentId student, Photo photo, Lazy<Task<bool>> isJournalTrue, CancellationToken ct)
    {
        byte[] image;
        try
        {
            if (new FileInfo(photo.File).Length > MaxPhotoBytes) return Refused(photo, new("too_large", "No photo is that large."));
            image = await File.ReadAllBytesAsync(photo.File, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refused(photo, new("unreadable", e.Message));
        }

        var digest = Convert.ToHexStringLower(SHA256.HashData(image));
        if (await isJournalTrue.Value.WaitAsync(ct) && journal.Knows(student, digest)) return new PhotoOutcome.AlreadyEnrolled();

        ServerAnswer answer;
        PhotoTerms terms;
        try
        {
            (answer, terms) = await PhotoTerms.SendAsync(
                central, overrides.For(student, photo.Name), (t, c) => server.EnrollAsync(student.Value, image, photo.MediaType, t, c), ct);
        }
        catch (NoAnswerException e)
        {
            // A photo that breaks the connection each time must not hold up the others; a server that is gone must.
            await CheckServerAsync(ct);
            return Refused(photo, new("no_answer", $"The server answers, but not to this photo: {e.Message}."));
        }

        if (!answer.IsSuccess) return Refused(photo, answer.Refusal());
        var enrolled = answer.Read<EnrollAnswer>();
        if (!enrolled.Ok) return Refused(photo, answer.Refusal());
        journal.Accept(student, digest);
        return enrolled.AlreadyEnrolled
            ? new PhotoOutcome.AlreadyEnrolled()
            : new PhotoOutcome.Saved(
                PhotoRemark.Of(photo.Name, terms, enrolled.FacesFound, enrolled.Central, enrolled.Turned, enrolled.Lookalike));
    }

    private static PhotoOutcome.Refused Refused(Photo photo, Refusal why) => new(new RefusedFile(photo.Name, why));

    private async Task CheckServerAsync(CancellationToken ct)
    {
        try
        {
            await server.HealthAsync(ct);
        }
        catch (NoAnswerException e)
        {
            throw server.Unreachable(e);
        }
    }

    private async Task<ServerAnswer> SendAsync(Func<CancellationToken, Task<ServerAnswer>> send, CancellationToken ct)
    {
        try
        {
            return await Patience.WhileBusyOrBrokenAsync(send, ct);
        }
        catch (NoAnswerException e)
        {
            throw server.Unreachable(e);
        }
    }
}
