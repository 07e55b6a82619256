using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Imaging;

public sealed class ImageDecoderSharedTests
{
    [TestCase(0)]
    [TestCase(320)]
    public void Decode_EveryPictureOfSharedFaces_Succeeds(int wantedLongSide)
    {
        var files = Directory.EnumerateFiles(SharedFiles.Require("faces"), "*.*", SearchOption.AllDirectories)
            .Where(f => ImageCanvas.Extensions.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase)).ToArray();
        var refused = new List<string>();

        foreach (var file in files)
        {
            var encoded = File.ReadAllBytes(file);
            var header = ImageDecoder.ReadHeader(encoded);
            var decoded = header.IsSuccess ? ImageDecoder.Decode(encoded, header.Value, wantedLongSide) : header.Error!;
            if (decoded.IsSuccess) decoded.Value.Dispose();
            else refused.Add($"{file}: {decoded.Error!.Details!["reason"]}");
        }

        Assert.That(files, Is.Not.Empty);
        Assert.That(refused, Is.Empty);
    }
}
