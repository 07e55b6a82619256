using System.Text;
using FaceAttendance.Domain;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace FaceAttendance.WebApi.Requests;

/// <summary>A file that an endpoint wants.</summary>
/// <param name="Content">What it is, for the message to whoever sends too much.</param>
internal sealed record WantedFile(string Field, int MaxBytes = UploadForm.MaxFileBytes, string Content = "an image")
{
    public Error TooLarge { get; } = new(
        "request.too_large",
        $"The upload is larger than the {MaxBytes / (1024 * 1024)} MiB that the server takes for {Content}; send a smaller one.",
        ErrorKind.TooLarge);
}

/// <summary>
/// A form as it came: text fields, and the files that the endpoint wants in memory (<see cref="UploadMemory"/>). The framework's own form
/// reader would spool a larger upload to a temporary file, and a face must not land on a disk. Not thread-safe. Whoever reads the form
/// disposes it, after which its files are no longer valid.
/// </summary>
internal sealed class UploadForm : IDisposable
{
    /// <summary>15 MiB: a 12-megapixel JPEG at best quality has about 10.</summary>
    public const int MaxFileBytes = 15 * 1024 * 1024;

    /// <summary>The file, every text field at its largest and a form's own lines: what is beyond is not even looked at.</summary>
    public const int MaxRequestBytes = MaxFileBytes + (2 * 1024 * 1024);

    /// <summary>
    /// Where the server hangs up. Between the limit and here an upload is read over to its end, for most clients send all they have before
    /// they listen and would take an early answer for a broken connection.
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
    private readonly List<KeptFile> _kept = [];
    private HashSet<string>? _files;
    private HashSet<string>? _repeated;

    private UploadForm()
    {
    }

    /// <summary>A wanted file's bytes, possibly none; null when it was not among the parts. Valid until this form is disposed.</summary>
    public ReadOnlyMemory<byte>? File(string field) => _kept.Find(f => f.Field == field)?.Content;

    public string? Text(string field) => _texts.GetValueOrDefault(field);

    public IReadOnlyDictionary<string, string> Texts => _texts;

    /// <summary>Whether a part of that name came with a file name.</summary>
    public bool HasFile(string field) => _files is not null && _files.Contains(field);

    public bool IsRepeated(string field) => _repeated is not null && _repeated.Contains(field);

    /// <param name="fileField">The one file to keep; others are read over.</param>
    /// <returns>
    /// Errors: <c>request.malformed_form</c> (no boundary, a truncated body, a part without a name) and <c>request.too_large</c>. The
    /// caller disposes the form.
    /// </returns>
    /// <exception cref="BadHttpRequestException">The connection failed or the whole body exceeds the server's limit.</exception>
    public static Task<Result<UploadForm>> ReadAsync(HttpRequest request, string fileField, CancellationToken ct) =>
        ReadAsync(request, [new(fileField)], ct);

    /// <param name="wanted">The files to keep; others are read over.</param>
    /// <inheritdoc cref="ReadAsync(HttpRequest, string, CancellationToken)"/>
    public static Task<Result<UploadForm>> ReadAsync(HttpRequest request, IReadOnlyList<WantedFile> wanted, CancellationToken ct) =>
        ReadWithinAsync(request, wanted, () => ReadFormAsync(request, wanted, ct), ct);

    /// <summary>A body that is a file itself, as the form's one file.</summary>
    /// <inheritdoc cref="ReadAsync(HttpRequest, string, CancellationToken)"/>
    public static Task<Result<UploadForm>> ReadBodyAsync(HttpRequest request, WantedFile wanted, CancellationToken ct) => ReadWithinAsync(
        request, [wanted], () => ReadAsync(form => form.ReadFileAsync(wanted, request.Body, isLeftEmpty: false, request.ContentLength, ct)),
        ct);

    private static async Task<Result<UploadForm>> ReadWithinAsync(
        HttpRequest request, IReadOnlyList<WantedFile> wanted, Func<Task<Result<UploadForm>>> readAsync, CancellationToken ct)
    {
        var most = MaxRequestBytes - MaxFileBytes + wanted.Sum(f => (long)f.MaxBytes);
        var read = request.ContentLength > most ? wanted.MaxBy(f => f.MaxBytes)?.TooLarge ?? TextTooLarge : await readAsync();
        // A client that asked beforehand (curl does) has sent nothing yet and is spared the sending.
        if (read.Error is { Kind: ErrorKind.TooLarge } && request.Headers.Expect.Count == 0) await request.Body.DrainAsync(ct);
        return read;
    }

    private static async Task<Result<UploadForm>> ReadFormAsync(HttpRequest request, IReadOnlyList<WantedFile> wanted, CancellationToken ct)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)) return Empty;
        if (type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
            return await ReadUrlEncodedAsync(request, ct);
        if (!type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)) return Empty;

        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary);
        if (boundary.Length is 0 or > MaxBoundaryLength) return Malformed("the Content-Type header names no usable boundary");
        return await ReadAsync(form => form.ReadPartsAsync(new MultipartReader(boundary.ToString(), request.Body), request, wanted, ct));
    }

    private static async Task<Result<UploadForm>> ReadAsync(Func<UploadForm, Task<Error?>> readAsync)
    {
        var form = new UploadForm();
        try
        {
            var failure = await readAsync(form);
            if (failure is null) return form;
            form.Dispose();
            return failure;
        }
        catch (Exception e)
        {
            form.Dispose();
            // BadHttpRequestException is an IOException that knows its own status; the rest of them mean that the body ended too early.
            if (e is InvalidDataException or IOException and not BadHttpRequestException)
                return Malformed("the body is not complete or not multipart");
            throw;
        }
    }

    public void Dispose()
    {
        // The empty form is everybody's, so it must not be touched.
        if (_kept.Count == 0) return;
        foreach (var file in _kept) file.Dispose();
        _kept.Clear();
    }

    /// <summary>The answer to an upload beyond the limit, here or in the server beneath.</summary>
    public static Error TooLarge { get; } = new WantedFile("").TooLarge;

    private static Error TextTooLarge { get; } =
        new("request.too_large", $"A text field is larger than {MaxTextBytes / 1024} KiB.", ErrorKind.TooLarge);

    private static Error Malformed(string what) => new("request.malformed_form", $"The form cannot be read: {what}.", ErrorKind.Invalid);

    private static async Task<Result<UploadForm>> ReadUrlEncodedAsync(HttpRequest request, CancellationToken ct)
    {
        try
        {
            var reader = new FormPipeReader(request.BodyReader)
            {
                ValueCountLimit = MaxParts,
                KeyLengthLimit = 256,
                ValueLengthLimit = MaxTextBytes,
            };
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

    private async Task<Error?> ReadPartsAsync(
        MultipartReader reader, HttpRequest request, IReadOnlyList<WantedFile> wanted, CancellationToken ct)
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
            var kept = HasFile(name) ? null : wanted.FirstOrDefault(f => f.Field == name);
            if (_texts.ContainsKey(name) || HasFile(name)) (_repeated ??= []).Add(name);
            var failure = (isFile, kept) switch
            {
                (false, _) => await ReadTextAsync(name, part.Body, ct),
                (true, { } file) => await ReadFileAsync(file, part.Body, IsLeftEmpty(disposition), request.ContentLength, ct),
                (true, null) => await ReadOverAsync(name, part.Body, ct),
            };
            if (failure is not null) return failure;
        }
        return null;
    }

    // What a browser sends for a file input in which nobody chose a file: a part with an empty name and no bytes.
    private static bool IsLeftEmpty(ContentDispositionHeaderValue disposition) =>
        HeaderUtilities.RemoveQuotes(disposition.FileName).Length == 0
            && HeaderUtilities.RemoveQuotes(disposition.FileNameStar).Length == 0;

    private async Task<Error?> ReadTextAsync(string name, Stream body, CancellationToken ct)
    {
        var buffer = UploadMemory.Rent(MaxTextBytes + 1);
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
            UploadMemory.Return(buffer, length);
        }
    }

    private async Task<Error?> ReadFileAsync(WantedFile wanted, Stream body, bool isLeftEmpty, long? requestLength, CancellationToken ct)
    {
        (_files ??= []).Add(wanted.Field);
        // What the client announces is believed only as far as the first rent: announcing costs nothing, memory does. Whoever fills that is
        // believed.
        var file =
            new KeptFile(wanted.Field, (int)Math.Clamp(requestLength ?? FirstRent, 4096, FirstRent),
                (int)Math.Min(requestLength ?? 0, wanted.MaxBytes + 1L));
        _kept.Add(file);
        while (await file.ReadAsync(body, ct))
        {
            if (file.Content.Length > wanted.MaxBytes) return wanted.TooLarge;
        }
        if (file.Content.Length > 0 || !isLeftEmpty) return null;
        _kept.Remove(file);
        file.Dispose();
        return null;
    }

    private async Task<Error?> ReadOverAsync(string name, Stream body, CancellationToken ct)
    {
        (_files ??= []).Add(name);
        await body.DrainAsync(ct);
        return null;
    }

    /// <summary>A file in rented memory.</summary>
    /// <param name="expected">What it will hold at most, as far as that is known.</param>
    private sealed class KeptFile(string name, int firstRent, int expected) : IDisposable
    {
        private byte[] _rented = UploadMemory.Rent(firstRent);
        private int _length;

        public string Field => name;

        public ReadOnlyMemory<byte> Content => _rented.AsMemory(0, _length);

        /// <returns>False at the end.</returns>
        public async Task<bool> ReadAsync(Stream body, CancellationToken ct)
        {
            if (_length == _rented.Length) Move(UploadMemory.Rent(Math.Max(_rented.Length < expected ? expected : 0, _rented.Length * 2)));
            var read = await body.ReadAsync(_rented.AsMemory(_length), ct);
            _length += read;
            return read > 0;
        }

        public void Dispose()
        {
            if (_rented.Length == 0) return;
            Move([]);
        }

        private void Move(byte[] larger)
        {
            var (smaller, used) = (_rented, _length);
            if (larger.Length > 0) smaller.AsSpan(0, used).CopyTo(larger);
            else _length = 0;
            _rented = larger;
            UploadMemory.Return(smaller, used);
        }
    }
}
