using System.Buffers.Binary;
using System.Text;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Infrastructure.Secrets;

/// <summary>
/// Embeddings as they stand in the database: sealed and bound to their school, student, row and contract, so that a row's bytes put into
/// another row open nothing. For one thread.
/// </summary>
/// <param name="purpose">What is sealed for one purpose can be taken for nothing else that is sealed under the same keys.</param>
internal sealed class TemplateSeal(StorageCipher cipher, SchoolId school, string purpose = TemplateSeal.Template)
{
    public const string Template = "faceattendance/template/1";

    private readonly byte[] _purpose = Encoding.ASCII.GetBytes(purpose);

    private byte[] _bound = [];
    private byte[] _plain = [];

    /// <returns>D, or null when the bytes are no sealed embedding.</returns>
    public static int? DimensionOf(int storedLength) =>
        storedLength > StorageCipher.Overhead && (storedLength - StorageCipher.Overhead) % sizeof(float) == 0
            ? (storedLength - StorageCipher.Overhead) / sizeof(float)
            : null;

    public byte[] Seal(TemplateId template, StudentId student, EmbeddingContractId contract, ReadOnlySpan<float> unit) =>
        SealBytes(template.Value, student, contract, EmbeddingCodec.Encode(unit));

    /// <param name="row">Its id.</param>
    public byte[] SealBytes(Guid row, StudentId student, EmbeddingContractId contract, ReadOnlySpan<byte> plain) =>
        cipher.Seal(plain, Bind(row, student, contract));

    /// <param name="unit">float32[D]; receives the values when the result says so.</param>
    public Opening Open(
        TemplateId template, StudentId student, EmbeddingContractId contract, string keyId, ReadOnlySpan<byte> stored, Span<float> unit)
    {
        var opening = OpenBytes(template.Value, student, contract, keyId, stored, out var plain);
        if (opening == Opening.Opened) EmbeddingCodec.Decode(plain, unit);
        return opening;
    }

    /// <param name="plain">As it was given to be sealed; valid until the next call.</param>
    public Opening OpenBytes(
        Guid row, StudentId student, EmbeddingContractId contract, string keyId, ReadOnlySpan<byte> stored, out ReadOnlySpan<byte> plain)
    {
        var length = Math.Max(0, stored.Length - StorageCipher.Overhead);
        if (_plain.Length < length) _plain = new byte[length];
        plain = _plain.AsSpan(0, length);
        return cipher.Open(keyId, stored, Bind(row, student, contract), _plain.AsSpan(0, length));
    }

    // Every part has a fixed length or its length before it, so that no two rows bind to the same bytes.
    private ReadOnlySpan<byte> Bind(Guid row, StudentId student, EmbeddingContractId contract)
    {
        var most =
            _purpose.Length + 16 + 16 + 2 + Encoding.UTF8.GetMaxByteCount(student.Value.Length) + 2
                + Encoding.UTF8.GetMaxByteCount(contract.Value.Length);
        if (_bound.Length < most) _bound = new byte[most];
        _purpose.CopyTo(_bound, 0);
        var at = _purpose.Length;
        school.Value.TryWriteBytes(_bound.AsSpan(at), bigEndian: true, out _);
        row.TryWriteBytes(_bound.AsSpan(at + 16), bigEndian: true, out _);
        at = Append(at + 32, student.Value);
        return _bound.AsSpan(0, Append(at, contract.Value));
    }

    private int Append(int at, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, _bound.AsSpan(at + 2));
        BinaryPrimitives.WriteUInt16BigEndian(_bound.AsSpan(at), (ushort)length);
        return at + 2 + length;
    }
}
