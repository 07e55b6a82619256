using FaceAttendance.WebApi.Security;

namespace FaceAttendance.WebApi.Tests.Security;

public sealed class StrangeCredentialsTests
{
    [Test]
    public void Enter_MoreThanAreJudged_IsHeldUpForAWhileAtItsAddressAlone()
    {
        var strangers = new StrangeCredentials(TimeProvider.System);
        for (var i = 0; i < StrangeCredentials.MostInWindow; i++) Assert.That(strangers.Enter("here", $"wrong {i}"), Is.Null);

        Assert.That(strangers.Enter("here", "one more"), Is.GreaterThan(TimeSpan.Zero).And.LessThanOrEqualTo(TimeSpan.FromSeconds(10)));
        Assert.That(strangers.Enter("elsewhere", "one more"), Is.Null);
    }

    [Test]
    public void Enter_GoodBeforeTheFlood_PassesDuringIt()
    {
        var strangers = new StrangeCredentials(TimeProvider.System);
        strangers.Enter("here", "good");
        strangers.Good("here", "good");
        for (var i = 0; i < 1000; i++) strangers.Enter("here", $"wrong {i}");

        Assert.That(strangers.Enter("here", "good"), Is.Null);
    }

    [Test]
    public void Enter_ManyGoodCallersOfOneAddress_AreAllJudged()
    {
        var strangers = new StrangeCredentials(TimeProvider.System);
        for (var i = 0; i < 10 * StrangeCredentials.MostInWindow; i++)
        {
            Assert.That(strangers.Enter("a school's", $"student {i}"), Is.Null);
            strangers.Good("a school's", $"student {i}");
        }
    }
}
