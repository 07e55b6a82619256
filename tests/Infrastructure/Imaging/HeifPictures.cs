using System.Buffers.Binary;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Imaging.Native;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Imaging;

/// <summary>
/// Pictures of the HEIF family. Those in text were made of <see cref="TestPictures.Quadrants"/> by encoders that tests cannot ask for.
/// </summary>
internal static class HeifPictures
{
    /// <summary>
    /// 64×32 as stored; to be turned clockwise by a quarter (irot). Its EXIF says the same once more, which nobody may obey.
    /// </summary>
    public static byte[] TurnedAvif { get; } = Convert.FromBase64String(
        """
        AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAATVtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAABAAAA
        NGlsb2MAAAAAREAAAgABAAAAAAFZAAEAAAAAAAAAQgACAAAAAAGbAAEAAAAAAAAAHgAAADhpaW5mAAAAAAACAAAAFWluZmUCAAAAAAEAAGF2MDEAAAAAFWlu
        ZmUCAAABAAIAAEV4aWYAAAAAdGlwcnAAAABUaXBjbwAAABNjb2xybmNseAACAAIABoAAAAAMYXYxQ4EADAAAAAAUaXNwZQAAAAAAAABAAAAAIAAAABBwaXhp
        AAAAAAMICAgAAAAJaXJvdAMAAAAYaXBtYQAAAAAAAAABAAEFgYIDhIUAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAGhtZGF0EgAKBhgVP/sCEDI2E0AC
        CCCEAOlBf4Gp+mAsCLaYRXbabxHjQEdXfPZBV+3rqZSwx0tUwJCXPP9QYJuv1BIv6xtWAAAAAElJKgAIAAAAAQASAQMAAQAAAAYAAAAAAAAA
        """);

    /// <summary>64×32 as a grid of one tile of 64×64, as phones make them; EXIF asks for a quarter, which nobody may obey.</summary>
    public static byte[] Heic { get; } = Convert.FromBase64String(
        """
        AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAeFtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAACAAAA
        EGlkYXQAAAAAAEAAIAAAAExpbG9jAQAAAERAAAMAAQAAAAAAAAIFAAEAAAAAAAABDgACAAEAAAAAAAAAAQAAAAAAAAAIAAMAAAAAAAADEwABAAAAAAAAAB4A
        AABNaWluZgAAAAAAAwAAABVpbmZlAgAAAQABAABodmMxAAAAABVpbmZlAgAAAAACAABncmlkAAAAABVpbmZlAgAAAQADAABFeGlmAAAAANVpcHJwAAAAs2lw
        Y28AAABzaHZjQwEDcAAAAAAAAAAAAB7wAPz9+PgAAA8DIAABABhAAQwB//8DcAAAAwCQAAADAAADAB66AkAhAAEAJ0IBAQNwAAADAJAAAAMAAAMAHqAggQWW
        6uSmubAgAAADACAAAAMAISIAAQAGRAHBc8CJAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAUaXNwZQAAAAAAAABAAAAAIAAAABBwaXhpAAAAAAMICAgAAAAaaXBt
        YQAAAAAAAAACAAECgQIAAgIDhAAAAChpcmVmAAAAAAAAAA5kaW1nAAIAAQABAAAADmNkc2MAAwABAAIAAAE0bWRhdAAAAQooAa8E+Nvy6OMN/2Cqn//ZU/v/
        6Vdy3z4y/6XqpL/UXL//7mUksYgO5/2errXs0/nNJtEUY6QfDFDj4Uo2pLzwMvJlW0aL2KUxlZqlOb0yFH/D+f/+kUB//JVaCfXvv/cr//9pJH/6YVLZ/ffA
        WzyDXJN8QTulSM22h+QL57orABtkEUERL+A+UojpmvehXbJhAVDApyOJBSxkfnBur5zd1W2zhf8rWNKCGxRJU+pIw6ORsvnYXFCmeHBVVYG9O1vAXbjyEJyB
        Rw00K+ik3mkGY8ejUje1tXGBEK76XaNwnNUHQNUr/LPjGL5NusDCDuBdkSjx/5P5Hwv/0SfBnKvl7DsfifBDwNFhPAAAAABJSSoACAAAAAEAEgEDAAEAAAAG
        AAAAAAAAAA==
        """);

    /// <summary>Ignores the test where the machine has no decoder for HEVC and gets none.</summary>
    public static void RequireHeic()
    {
        if (!HeicFile.IsReadable) Assert.Ignore("libheif1 is not installed: apt-get install libheif1.");
    }

    public static byte[] Avif(ImageCanvas picture) =>
        TestPictures.Encode(picture.Rgb.ToArray(), picture.Width, picture.Height, 3, ".avif[Q=80]");

    /// <summary>The same file, whose every statement of a size (ispe) is another.</summary>
    public static byte[] Claiming(byte[] file, int width, int height)
    {
        var copy = file.ToArray();
        for (var at = 0; copy.AsSpan(at).IndexOf("ispe"u8) is >= 0 and var found;)
        {
            at += found + 8;
            BinaryPrimitives.WriteInt32BigEndian(copy.AsSpan(at), width);
            BinaryPrimitives.WriteInt32BigEndian(copy.AsSpan(at + 4), height);
        }
        return copy;
    }

    /// <summary>The HEIC above, changed so that a decoder would need more than the boxes say.</summary>
    public static byte[] Unbounded(string how)
    {
        var file = Heic.ToArray();
        int At(ReadOnlySpan<byte> what, int skip = 0) => skip + file.AsSpan(skip).IndexOf(what);
        // Of the parameter set: its header, and 24 bits of size behind the profile. Of the data: the one picture's unit, which begins with
        // its length.
        var (set, data) = (At([0x42, 0x01]), At("mdat"u8) + 4);
        switch (how)
        {
            case "a parameter set of 20000×64":
                // ue(v) of 20000: 14 zeros, a one, and 14 bits; what follows no longer matters.
                var size = set + 18;
                BinaryPrimitives.WriteUInt64BigEndian(file.AsSpan(size), 0xA000_0000_0000_0000 | (20001UL << 33) >> 1);
                break;
            case "a parameter set among the data": file[data + 4] = 0x42; break;
            case "an item that is an overlay": "iovl"u8.CopyTo(file.AsSpan(At("grid"u8))); break;
            case "two configurations": "hvcC"u8.CopyTo(file.AsSpan(At("ispe"u8))); break;
            case "lengths of two bytes": file[At("hvcC"u8) + 4 + 21] = 0x0D; break;
            case "data beyond the file": file[At("iloc"u8) + 18] = 0x7F; break;
            default: throw new ArgumentOutOfRangeException(nameof(how), how, "Not known.");
        }
        return file;
    }

    /// <summary>The same file as a sequence, by its brand or by a movie behind the picture.</summary>
    public static byte[] Sequence(byte[] file, string brand)
    {
        if (brand.Length == 0) return [.. file, 0, 0, 0, 8, .. "moov"u8];
        var copy = file.ToArray();
        for (var i = 0; i < 4; i++) copy[8 + i] = (byte)brand[i];
        return copy;
    }
}
