using System.Buffers;
using System.IO.Pipelines;
using FaceAttendance.Domain;

namespace FaceAttendance.WebApi.Requests;

/// <summary>
/// A request's body that has to keep coming: within <see cref="UploadOptions.Idle"/> at each read, and in all within a time that grows with
/// its size. Takes room as it grows beyond what it announced. Does not own the body. Not thread-safe.
/// </summary>
internal sealed class PacedBody : Stream
{
    // A body of unknown length asks for room in steps.
    private const int Step = 1024 * 1024;

    private readonly PipeReader _body;
    private readonly long _announced;
    private readonly UploadRoom.Place _place;
    private readonly UploadOptions _options;
    private readonly CancellationTokenSource _patience = new();
    private long _began = -1;
    private long _read;

    public PacedBody(PipeReader body, long announced, UploadRoom.Place place, UploadOptions options)
    {
        (_body, _announced, _place, _options) = (body, announced, place, options);
        // A read that is called off leaves the body to the server, which reads on to the request's end; one that is cancelled does not.
        _patience.Token.UnsafeRegister(static body => ((PipeReader)body!).CancelPendingRead(), body);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <exception cref="BodyRefusedException">It comes too slowly, or there is no room for more of it.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_began < 0) _began = Environment.TickCount64;
        var inAll = _options.Grace + TimeSpan.FromSeconds((double)Math.Max(_announced, _read) / _options.BytesPerSecond);
        var left = inAll - TimeSpan.FromMilliseconds(Environment.TickCount64 - _began);
        if (left <= TimeSpan.Zero || _patience.IsCancellationRequested) throw new BodyRefusedException(TooSlow);

        var pending = _body.ReadAsync(cancellationToken);
        if (!pending.IsCompleted) _patience.CancelAfter(left < _options.Idle ? left : _options.Idle);
        var come = await pending;
        _patience.CancelAfter(Timeout.InfiniteTimeSpan);
        if (come.IsCanceled)
        {
            _body.AdvanceTo(come.Buffer.Start);
            throw new BodyRefusedException(TooSlow);
        }
        var read = (int)Math.Min(buffer.Length, come.Buffer.Length);
        come.Buffer.Slice(0, read).CopyTo(buffer.Span);
        _body.AdvanceTo(come.Buffer.GetPosition(read));

        _read += read;
        while (_read > _place.Bytes)
        {
            if (_place.Grow(Step) is { } refusal) throw new BodyRefusedException(refusal);
        }
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bodies are read asynchronously.");

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _patience.Dispose();
        base.Dispose(disposing);
    }

    private static Error TooSlow { get; } = new(
        "request.too_slow", "The body stopped coming, or came too slowly; send it again over a better connection, or a smaller one.",
        ErrorKind.TimedOut);
}
