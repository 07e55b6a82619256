using FaceAttendance.Application.Audit;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Audit;

public sealed class AuditTests
{
    private static readonly AuditFilter All = new(null, null, null, null, null, null);

    [TestCase(3, 2, 2, 2L)]
    [TestCase(2, 2, 2, null)]
    [TestCase(0, 2, 0, null)]
    public async Task List_Page_NamesTheNextOnlyWhereThereIsOne(int stored, int limit, int items, long? next)
    {
        var page = (await new ListAuditHandler(new FakeLog(stored)).Handle(new(SchoolId.First, All, limit), default)).Value;

        Assert.That((page.Items.Count, page.Next), Is.EqualTo((items, next)));
    }

    [Test]
    public async Task List_Behind_GoesOnWhereThePageBeforeEnded()
    {
        var handler = new ListAuditHandler(new FakeLog(3));

        var first = (await handler.Handle(new(SchoolId.First, All, 2), default)).Value;
        var second = (await handler.Handle(new(SchoolId.First, All with { Before = first.Next }, 2), default)).Value;

        Assert.That(first.Items.Concat(second.Items).Select(r => r.Number), Is.EqualTo([3, 2, 1]));
    }

    [Test]
    public async Task Verify_HeadThatWasNoted_IsComparedWithTheLog()
    {
        var handler = new VerifyAuditHandler(new FakeLog(3));

        var same = await handler.Handle(new(SchoolId.First, new(3, FakeLog.Hash)), default);
        var other = await handler.Handle(new(SchoolId.First, new(4, FakeLog.Hash)), default);

        Assert.That((same.Value.Fault, other.Value.Fault), Is.EqualTo(((AuditFault?)null, (AuditFault?)AuditFault.NotAsNoted)));
    }

    [TestCase(null, null)]
    [TestCase("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", null)]
    [TestCase("0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef", "head")]
    [TestCase("0123456789abcdef", "head")]
    [TestCase("", "head")]
    public void Verify_HeadThatNoVerificationAnswered_IsNamed(string? hash, string? field) => Assert.That(
        new VerifyAuditValidator().FaultOf(new(SchoolId.First, hash is null ? null : new AuditHead(1, hash))), Is.EqualTo(field));

    /// <summary>Newest first, as the log answers.</summary>
    private sealed class FakeLog(int count) : IAuditLog
    {
        public static readonly string Hash = new('a', 64);

        public Task AppendAsync(AuditEntry entry, CancellationToken ct) => throw new NotSupportedException();

        public Task<IReadOnlyList<AuditRecord>> ListAsync(SchoolId school, AuditFilter filter, int limit, CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<AuditRecord>>([.. Enumerable.Range(1, count).Reverse()
                .Where(n => filter.Before is not { } before || n < before).Take(limit)
                .Select(n => new AuditRecord(n, StandingClock.Start, "local", AuditActions.KeyMade, "key", "{}"))]);

        public Task<AuditVerdict> VerifyAsync(SchoolId school, AuditHead? noted, CancellationToken ct)
        {
            var head = new AuditHead(count, Hash);
            return Task.FromResult(new AuditVerdict(head, noted is null || noted == head ? null : AuditFault.NotAsNoted, noted?.Length));
        }
    }
}
