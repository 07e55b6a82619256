using FaceAttendance.Application.Enrollment;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Enrollment;

public sealed class TemplateKeyTests
{
    [Test]
    public async Task Get_State_CountsWhatIsNotUnderTheCurrentKey()
    {
        var state = (await new GetTemplateKeysHandler(new FakeKeys(300, 4)).Handle(new(SchoolId.First), default)).Value;

        Assert.That((state.CurrentKey, state.Remaining), Is.EqualTo(("k2", 304L)));
    }

    [Test]
    public async Task Rotate_ManyRows_TakesThemInPortionsToTheEnd()
    {
        var keys = new FakeKeys(25_000, 0);
        var handler = new RotateTemplateKeyHandler(keys);

        var portions = new List<(int, long)>();
        for (var i = 0; i < 4; i++)
        {
            var rotation = (await handler.Handle(new(SchoolId.First), default)).Value;
            portions.Add((rotation.Rotated, rotation.State.Remaining));
        }

        Assert.That(portions, Is.EqualTo(new[] { (10_000, 15_000L), (10_000, 5_000L), (5_000, 0L), (0, 0L) }));
    }

    private sealed class FakeKeys(long rows, long secrets) : ITemplateKeys
    {
        private long _left = rows;

        public Task<TemplateKeyState> GetAsync(SchoolId school, CancellationToken ct) => Task.FromResult(
            new TemplateKeyState("k2", [new("k1", _left, secrets, IsHere: true), new("k2", 10, 5, IsHere: true)]));

        public Task<int> RotateAsync(SchoolId school, int most, CancellationToken ct)
        {
            var taken = (int)Math.Min(most, _left);
            _left -= taken;
            return Task.FromResult(taken);
        }
    }
}
