using FaceAttendance.WebApi.Access;

namespace FaceAttendance.WebApi.Tests.Access;

public sealed class KeyLookUpsTests
{
    [Test]
    public void Take_MoreAddressesThanAreRemembered_ForgetsNoneThatIsEmpty()
    {
        using var lookUps = new KeyLookUps(TimeProvider.System);
        for (var i = 0; i < KeyLookUps.MostAtOnce; i++) Assert.That(lookUps.Take("flood"), Is.Null);

        for (var i = 0; i < 2 * KeyLookUps.MostAddresses; i++) lookUps.Take($"address {i}");

        Assert.That(lookUps.Take("flood"), Is.GreaterThan(TimeSpan.Zero));
    }

    [Test]
    public void Take_ManyAtOnceFromOneAddress_GivesTheBucketAndNoMore()
    {
        using var lookUps = new KeyLookUps(TimeProvider.System);

        var taken = ParallelEnumerable.Range(0, 1000).Count(_ => lookUps.Take("here") is null);

        // One more for each three seconds that the machine is busy with others.
        Assert.That(taken, Is.InRange(KeyLookUps.MostAtOnce, KeyLookUps.MostAtOnce + 5));
    }

    [Test]
    public void Take_GivenBack_IsThereAgain()
    {
        using var lookUps = new KeyLookUps(TimeProvider.System);
        for (var i = 0; i < 10 * KeyLookUps.MostAtOnce; i++)
        {
            Assert.That(lookUps.Take("a school's"), Is.Null);
            lookUps.GiveBack("a school's");
        }
    }

    [Test]
    public async Task InTurn_ManyKeysOfOneAddress_AreLookedUpOneAtATimeAndAnothersSecond()
    {
        using var lookUps = new KeyLookUps(TimeProvider.System);
        var order = new List<string>();
        var (atOnce, mostAtOnce) = (0, 0);
        var gate = new TaskCompletionSource();
        Task<string?> LookUp(string address) => lookUps.InTurnAsync<string>(address, async () =>
        {
            mostAtOnce = Math.Max(mostAtOnce, Interlocked.Increment(ref atOnce));
            await gate.Task;
            order.Add(address);
            Interlocked.Decrement(ref atOnce);
            return address;
        }, CancellationToken.None);

        var flood = Enumerable.Range(0, 200).Select(_ => LookUp("flood")).ToList();
        var other = LookUp("other");
        gate.SetResult();
        await Task.WhenAll([.. flood, other]);

        Assert.That(mostAtOnce, Is.EqualTo(1));
        Assert.That(order.IndexOf("other"), Is.LessThanOrEqualTo(2));
        Assert.That(flood.Select(f => f.Result), Is.All.EqualTo("flood"));
    }

    [Test]
    public async Task InTurn_MoreThanMayWait_IsTurnedAwayAtOnce()
    {
        using var lookUps = new KeyLookUps(TimeProvider.System);
        var gate = new TaskCompletionSource();
        async ValueTask<string?> LookUp()
        {
            await gate.Task;
            return "good";
        }
        var waiting = Enumerable.Range(0, KeyLookUps.MostWaiting).Select(_ => lookUps.InTurnAsync("flood", LookUp, CancellationToken.None))
            .ToList();

        var late = await lookUps.InTurnAsync("flood", LookUp, CancellationToken.None);
        gate.SetResult();

        Assert.That(late, Is.Null);
        Assert.That(await Task.WhenAll(waiting), Is.All.EqualTo("good"));
    }
}
