using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Inference;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>
/// What the models saw in which picture, in a file that grows as pictures are seen, so that a run that was interrupted goes on where it
/// ended. A file of other models, and the torn end of one, are dropped. It holds faces' templates: only its owner may read it. Thread-safe.
/// </summary>
internal sealed class SeenCache : IDisposable
{
    private const string Magic = "FaceAttendance pictures seen, 1";

    private readonly Dictionary<string, SeenPicture> _seen = [];
    private readonly Lock _lock = new();
    private readonly EmbedderEntry _embedder;
    private readonly FileStream? _file;
    private readonly BinaryWriter? _writer;

    private SeenCache(string? file, string contract, EmbedderEntry embedder)
    {
        _embedder = embedder;
        if (file is null) return;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _file = new FileStream(file, options);
        _file.SetLength(ReadAll(contract));
        _file.Seek(0, SeekOrigin.End);
        _writer = new BinaryWriter(_file, Encoding.UTF8, leaveOpen: true);
        if (_file.Length > 0) return;
        _writer.Write(Magic);
        _writer.Write(contract);
    }

    /// <exception cref="CommandFailedException">The file cannot be used.</exception>
    public static SeenCache Open(string? file, string contract, EmbedderEntry embedder)
    {
        try
        {
            return new(file, contract, embedder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"What was seen of the pictures cannot be kept: {e.Message}");
        }
    }

    public SeenPicture? Find(ReadOnlySpan<byte> digest)
    {
        lock (_lock) return _seen.GetValueOrDefault(Convert.ToHexString(digest));
    }

    public void Add(ReadOnlySpan<byte> digest, SeenPicture picture)
    {
        lock (_lock)
        {
            if (!_seen.TryAdd(Convert.ToHexString(digest), picture) || _writer is null) return;
            _writer.Write(digest);
            _writer.Write(picture.Error ?? "");
            if (picture.Frame is { } frame) Write(_writer, frame);
        }
    }

    public void Dispose()
    {
        _writer?.Dispose();
        _file?.Dispose();
    }

    /// <returns>Where the last whole picture ends.</returns>
    private long ReadAll(string contract)
    {
        using var reader = new BinaryReader(_file!, Encoding.UTF8, leaveOpen: true);
        var whole = 0L;
        try
        {
            if (reader.ReadString() != Magic || reader.ReadString() != contract) return 0;
            while (true)
            {
                whole = _file!.Position;
                var digest = reader.ReadBytes(SHA256.HashSizeInBytes);
                if (digest.Length < SHA256.HashSizeInBytes) return whole;
                var error = reader.ReadString();
                _seen[Convert.ToHexString(digest)] = error.Length > 0 ? new(error, null) : new(null, ReadFrame(reader));
            }
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            return whole;
        }
    }

    private static void Write(BinaryWriter writer, FrameAnalysis frame)
    {
        writer.Write(frame.Width);
        writer.Write(frame.Height);
        writer.Write(frame.Faces.Count);
        foreach (var face in frame.Faces)
        {
            var m = face.Measurements!.Value;
            foreach (var value in new[] { face.Box.Left, face.Box.Top, face.Box.Right, face.Box.Bottom, face.Confidence })
                writer.Write(value);
            foreach (var point in new[]
            {
                face.Points.LeftEye, face.Points.RightEye, face.Points.Nose, face.Points.LeftMouth, face.Points.RightMouth,
            })
            {
                writer.Write(point.X);
                writer.Write(point.Y);
            }
            foreach (var value in new[] { m.EyeDistance, m.Confidence, m.NoseOffset, m.Brightness, m.Contrast, m.Sharpness, m.VisiblePart })
                writer.Write(value);
            foreach (var value in face.Embedding!.Values) writer.Write(value);
        }
    }

    private FrameAnalysis ReadFrame(BinaryReader reader)
    {
        var (width, height) = (reader.ReadInt32(), reader.ReadInt32());
        var faces = new AnalyzedFace[reader.ReadInt32()];
        var vector = new float[_embedder.Dimension];
        for (var i = 0; i < faces.Length; i++)
        {
            var box = new FaceBox(reader.ReadSingle(), reader.ReadSingle(), reader.ReadSingle(), reader.ReadSingle());
            var confidence = reader.ReadSingle();
            var points = new FacePoints(Point(), Point(), Point(), Point(), Point());
            var measured = new FaceMeasurements(
                reader.ReadSingle(), reader.ReadSingle(), reader.ReadSingle(), reader.ReadSingle(), reader.ReadSingle(),
                reader.ReadSingle(), reader.ReadSingle());
            for (var k = 0; k < vector.Length; k++) vector[k] = reader.ReadSingle();
            faces[i] = new(box, points, confidence, measured, Embedding.FromRaw(vector, _embedder.Contract));
        }
        return new(width, height, faces);

        Vector2 Point() => new(reader.ReadSingle(), reader.ReadSingle());
    }
}
