using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Domain.Tests.Recognition;

internal static class TestEmbeddings
{
    public static Embedding Of(float[] values) => Embedding.FromRaw(values, new("test"));
}
