using FaceAttendance.WebApi.Requests;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Tests.Requests;

public sealed class UploadRoomTests
{
    private const long Mib = 1024 * 1024;

    [TestCase(48, null)]
    [TestCase(49, "request.too_many_uploads")]
    public void Enter_CallerAroundTheirShare_IsTakenUpToIt(int mib, string? refusal)
    {
        var room = Room();
        room.Enter("a", 20 * Mib);

        Assert.That(room.Enter("a", (mib - 20) * Mib).Error?.Code, Is.EqualTo(refusal));
    }

    [Test]
    public void Enter_OnlyBodyOfACaller_MayBeLargerThanAShare()
    {
        var room = Room();

        Assert.That(room.Enter("a", 64 * Mib).IsSuccess);
        Assert.That(room.Enter("a", 1).Error?.Code, Is.EqualTo("request.too_many_uploads"));
    }

    [Test]
    public void Enter_ManyCallersWhoFillTheRoom_IsFullForTheNext()
    {
        var room = Room();
        for (var i = 0; i < 8; i++) room.Enter($"caller {i}", 32 * Mib);

        Assert.That(room.Enter("one more", 1).Error?.Code, Is.EqualTo("server.uploads_full"));
    }

    [Test]
    public void Enter_CallerWithTooManyBodies_IsRefusedAndOthersAreNot()
    {
        var room = Room();
        for (var i = 0; i < 100; i++) room.Enter("a", 1);

        Assert.That(room.Enter("a", 1).Error?.Code, Is.EqualTo("request.too_many_uploads"));
        Assert.That(room.Enter("b", 1).IsSuccess);
    }

    [Test]
    public void Enter_NoShareOfTheirOwn_HasTheWholeRoom()
    {
        var room = Room();
        for (var i = 0; i < 256; i++) Assert.That(room.Enter(null, Mib).IsSuccess);

        Assert.That(room.Enter(null, 1).Error?.Code, Is.EqualTo("server.uploads_full"));
    }

    [Test]
    public void Grow_BodyThatDidNotSayItsLength_TakesItsShareAndNoMore()
    {
        var room = Room();
        var (first, second) = (room.Enter("a", 0).Value, room.Enter("a", 40 * Mib).Value);

        Assert.That(first.Grow(8 * Mib), Is.Null);
        Assert.That(first.Grow(1)?.Code, Is.EqualTo("request.too_many_uploads"));
        second.Dispose();
        Assert.That(first.Grow(1), Is.Null);
    }

    [Test]
    public void Dispose_TwiceAndAfterGrowing_GivesBackWhatWasTakenOnce()
    {
        var room = Room();
        for (var i = 0; i < 1000; i++)
        {
            var place = room.Enter("a", 40 * Mib).Value;
            place.Grow(8 * Mib);
            place.Dispose();
            place.Dispose();
        }

        room.Enter("a", 0);
        Assert.That(room.Enter("a", 48 * Mib).IsSuccess);
        Assert.That(room.Enter("a", 1).Error?.Code, Is.EqualTo("request.too_many_uploads"));
    }

    private static UploadRoom Room() => new(Options.Create(new UploadOptions()));
}
