using System.Text.RegularExpressions;
using NUnit.Framework;

namespace FaceAttendance.Architecture.Tests;

/// <summary>Memory that held a picture, an embedding, a password or a token is cleared before anybody else gets it.</summary>
public sealed partial class PooledMemoryTests
{
    [Test]
    public void PooledArrays_InAnySource_GoBackCleared() =>
        Assert.That(SourceFiles.Of("src").SelectMany(f => Uncleared(f.Text).Select(line => $"{f.Path}: {line}")), Is.Empty);

    [TestCase("ArrayPool<byte>.Shared.Return(buffer);", 1)]
    [TestCase("Pool.Return(piece, clearArray: false);", 1)]
    [TestCase("ArrayPool<char>.Shared.Return(rented: text);", 1)]
    [TestCase("ArrayPool<byte>.Shared.Return(buffer, clearArray: true);", 0)]
    [TestCase("piece.AsSpan(0, used).Clear();\n        if (piece.Length <= Most) Pool.Return(piece);", 0)]
    [TestCase("UploadMemory.Return(piece, used);", 0)]
    public void Uncleared_Specimen_IsReported(string source, int reported) => Assert.That(Uncleared(source).Count(), Is.EqualTo(reported));

    /// <summary>Lines that give an array back to a pool without clearing it there or on the line before.</summary>
    private static IEnumerable<string> Uncleared(string source)
    {
        var before = "";
        foreach (var line in source.Split('\n'))
        {
            if (PoolReturn().IsMatch(line) && !line.Contains("clearArray: true", StringComparison.Ordinal)
                && !before.Contains(".Clear();", StringComparison.Ordinal))
                yield return line.Trim();
            before = line;
        }
    }

    [GeneratedRegex(@"(\bShared|Pool)\.Return\(")]
    private static partial Regex PoolReturn();
}
