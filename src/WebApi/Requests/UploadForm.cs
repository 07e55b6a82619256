using System.Buffers;
using System.Text;
using FaceAttendance.Domain;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace FaceAttendance.WebApi.Requests;

/// <summary>
/// A form as it came: text fields, and the one file that the endpoint wants in memory rented from a pool. The framework's own form reader
/// would spool a larger upload to a temporary file, and a face must not land on a disk. Not thread-safe. Whoever reads the form disposes
/// it, after which <see cref="File"/> is no longer valid.
/// </summary>
internal sealed class UploadForm : IDisposable
{
    /// <summary>15 MiB: a 12-megapixel JPEG at best quality has about 10.</summary>
    public const int MaxFileBytes = 15 * 1024 * 1024;

    /// <summary>The file, every text field at its largest and a form's own lines: what is beyond is not even looked at.</summary>
    public const int MaxRequestBytes = MaxFileBytes + (2 * 1024 * 1024);

    /// <summary>
    /// Where the server hangs up. Between the limit and here an upload is read over to its end, for most clients send all they have before they
    /// listen and would take an early answer for a broken connection.
    /// </summary>
    public const int MaxReadOverBytes = 64 * 1024 * 1024;

    /// <summary>64 KiB, far beyond any field of the contract.</summary>
    public const int MaxTextBytes = 64 * 1024;

    /// <summary>The largest form of the contract has 7.</summary>
    public const int MaxParts = 20;

    // Enough for nearly every camera frame at once; larger files start here and double.
    private const int FirstRent = 256 * 1024;

    // RFC 2046, 5.1.1.
    private const int MaxBoundaryLength = 70;

    /// <summary>The form of a request that has none, or one in a type that no form has: every field is missing.</summary>
    public static readonly UploadForm Empty = new();

    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private HashSet<string>? _files;
    private HashSet<string>? _repeated;
    private byte[]? _rented;
    private int _length;

    private UploadForm()
    {
    }

    /// <summary>The wanted file's bytes, possibly none; null when it was not among the parts. Valid until this form is disposed.</summary>
    public ReadOnlyMemory<byte>? File { get; private set; }

    public string? Text(string field) => _texts.GetValueOrDefault(field);

    /// <summary>Whether a part of that name came with a file name.</summary>
    public bool HasFile(string field) => _files is not null && _files.Contains(field);

    public bool IsRepeated(string field) => _repeated is not null && _repeated.Contains(field);

    /// <param name="fileField">The one file to keep; others are read over.</param>
    /// <returns>
    /// Errors: <c>request.malformed_form</c> (no boundary, a truncated body, a part without a name) and <c>request.too_large</c>. The caller disposes
    /// the form.
    /// </returns>
    /// <exception cref="BadHttpRequestException">The connection failed or the whole body exceeds the server's limit.</exception>
    public static async Task<Result<UploadForm>> ReadAsync(HttpRequest request, string fileField, CancellationToken ct)
    {
        var read = request.ContentLength > MaxRequestBytes ? TooLarge : await ReadFormAsync(request, fileField, ct);
        // A client that asked beforehand (curl does) has sent nothing yet and is spared the sending.
        if (read.Error is { Kind: ErrorKind.TooLarge } && request.Headers.Expect.Count == 0) await request.Body.DrainAsync(ct);
        return read;
    }

    private static async Task<Result<UploadForm>> ReadFormAsync(HttpRequest request, string fileField, CancellationToken ct)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) return Empty;
        if (type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)) return await ReadUrlEncodedAsync(request, ct);
        if (!type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)) return Empty;

        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary);
        if (boundary.Length is 0 or > MaxBoundaryLength) return Malformed("the Content-Type header names no usable boundary");

        var form = new UploadForm();
        try
        {
            var failure = await form.ReadPartsAsync(new MultipartReader(boundary.ToString(), request.Body), request, fileField, ct);
            if (failure is null) return form;
            form.Dispose();
            return failure;
        }
        catch (Exception e)
        {
            form.Dispose();
            // BadHttpRequestException is an IOException that knows its own status; the rest of them mean that the body ended too early.
            if (e is InvalidDataException or IOException and not BadHttpRequestException) return Malformed("the body is not complete or not multipart");
            throw;
        }
    }

    public void Dispose()
    {
        if (_rented is not { } rented) return;
        _rented = null;
        File = null;
        // The next tenant of the memory must not find a face in it.
        rented.AsSpan(0, _length).Clear();
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>The answer to an upload beyond the limit, here or in the server beneath.</summary>
    public static Error TooLarge { get; } = new(
        "request.too_large", $"The upload is larger than the {MaxFileBytes / (1024 * 1024)} MiB that the server takes for an image; send a smaller picture.",
        ErrorKind.TooLarge);

    private static Error TextTooLarge { get; } = new("request.too_large", $"A text field is larger than {MaxTextBytes / 1024} KiB.", ErrorKind.TooLarge);

    private static Error Malformed(string what) => new("request.malformed_form", $"The form cannot be read: {what}.", ErrorKind.Invalid);

    private static async Task<Result<UploadForm>> ReadUrlEncodedAsync(HttpRequest request, CancellationToken ct)
    {
        try
        {
            var reader = new FormPipeReader(request.BodyReader) { ValueCountLimit = MaxParts, KeyLengthLimit = 256, ValueLengthLimit = MaxTextBytes };
            var form = new UploadForm();
            foreach (var (field, values) in await reader.ReadFormAsync(ct))
            {
                form._texts[field] = values.ToString();
                if (values.Count > 1) (form._repeated ??= []).Add(field);
            }
            return form;
        }
        catch (InvalidDataException)
        {
            return Malformed($"it has more than {MaxParts} fields, or one larger than {MaxTextBytes / 1024} KiB");
        }
    }

    private async Task<Error?> ReadPartsAsync(MultipartReader reader, HttpRequest request, string fileField, CancellationToken ct)
    {
        for (var parts = 1; await reader.ReadNextSectionAsync(ct) is { } part; parts++)
        {
            if (parts > MaxParts) return Malformed($"it has more than {MaxParts} parts");
            if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition) || disposition.Name.Length == 0)
            {
                return Malformed("a part has no name");
            }

            var name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
            var isFile = disposition.FileName.HasValue || disposition.FileNameStar.HasValue;
            var isWanted = name == fileField && !HasFile(name);
            if (_texts.ContainsKey(name) || HasFile(name)) (_repeated ??= []).Add(name);
            var failure = (isFile, isWanted) switch
            {
                (false, _) => await ReadTextAsync(name, part.Body, ct),
                (true, true) => await ReadFileAsync(name, part.Body, IsLeftEmpty(disposition), request.ContentLength, ct),
                (true, false) => await ReadOverAsync(name, part.Body, ct),
            };
            if (failure is not null) return failure;
        }
        return null;
    }

    // What a browser sends for a file input in which nobody chose a file: a part with an empty name and no bytes.
    private static bool IsLeftEmpty(ContentDispositionHeaderValue disposition) =>
        HeaderUtilities.RemoveQuotes(disposition.FileName).Length == 0 && HeaderUtilities.RemoveQuotes(disposition.FileNameStar).Length == 0;

    private async Task<Error?> ReadTextAsync(string name, Stream body, CancellationToken ct)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxTextBytes + 1);
        var length = 0;
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer.AsMemory(length, MaxTextBytes + 1 - length), ct)) > 0)
            {
                length += read;
                if (length > MaxTextBytes) return TextTooLarge;
            }
            _texts[name] = Encoding.UTF8.GetString(buffer, 0, length);
            return null;
        }
        finally
        {
            buffer.AsSpan(0, Math.Min(length, buffer.Length)).Clear();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<Error?> ReadFileAsync(string name, Stream body, bool isLeftEmpty, long? requestLength, CancellationToken ct)
    {
        (_files ??= []).Add(name);
        // What the client announces is believed only as far as the first rent: announcing costs nothing, memory does.
        _rented = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(requestLength ?? FirstRent, 4096, FirstRent));
        int read;
        while ((read = await body.ReadAsync(_rented.AsMemory(_length), ct)) > 0)
        {
            _length += read;
            if (_length > MaxFileBytes) return TooLarge;
            if (_length == _rented.Length) Grow();
        }
        if (_length > 0 || !isLeftEmpty) File = _rented.AsMemory(0, _length);
        return null;
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(_rented!.Length * 2);
        _rented.AsSpan(0, _length).CopyTo(larger);
        _rented.AsSpan(0, _length).Clear();
        ArrayPool<byte>.Shared.Return(_rented);
        _rented = larger;
    }

    private async Task<Error?> ReadOverAsync(string name, Stream body, CancellationToken ct)
    {
        (_files ??= []).Add(name);
        await body.DrainAsync(ct);
        return null;
    }
}
