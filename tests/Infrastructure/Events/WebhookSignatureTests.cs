using System.Text;
using FaceAttendance.Infrastructure.Events;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Events;

internal sealed class WebhookSignatureTests
{
    [Test]
    public void Standard_PublishedVector_MatchesIt()
    {
        // The vector that the Standard Webhooks libraries are tested with.
        var key = WebhookSignature.TryReadSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")!;

        var signature = WebhookSignature.Standard(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"u8);

        Assert.That(signature, Is.EqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    }

    [Test]
    public void OfBody_KnownVector_MatchesIt()
    {
        // RFC 4231, test case 2.
        var signature = WebhookSignature.OfBody(Encoding.ASCII.GetBytes("Jefe"), "what do ya want for nothing?"u8);

        Assert.That(signature, Is.EqualTo("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    }

    [TestCase(23, ExpectedResult = false)]
    [TestCase(24, ExpectedResult = true)]
    [TestCase(64, ExpectedResult = true)]
    [TestCase(65, ExpectedResult = false)]
    public bool TryReadSecret_KeyOfLength_IsTakenBetween24And64Bytes(int bytes) =>
        WebhookSignature.TryReadSecret("whsec_" + Convert.ToBase64String(new byte[bytes])) is not null;

    [TestCase("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    [TestCase("whsec_not base64 at all, not at all, no")]
    [TestCase("whsec_")]
    public void TryReadSecret_NoSecret_IsNull(string text) => Assert.That(WebhookSignature.TryReadSecret(text), Is.Null);

    [Test]
    public void NewSecret_IsReadableAndNeverTheSame()
    {
        var secrets = Enumerable.Range(0, 10).Select(_ => WebhookSignature.NewSecret()).ToArray();

        Assert.That(secrets, Is.Unique);
        Assert.That(secrets.Select(WebhookSignature.TryReadSecret), Has.All.Not.Null);
    }
}
