using System.Diagnostics;
using FaceAttendance.Application.Recognition;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests;

public sealed class ServerTraceTests
{
    [Test]
    public void Took_NobodyListens_AllocatesNothing()
    {
        FrameMetrics.Took("decode", Stopwatch.GetTimestamp());
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
        {
            FrameMetrics.Took("decode", Stopwatch.GetTimestamp());
            using var span = ServerTrace.Start("ledger");
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
