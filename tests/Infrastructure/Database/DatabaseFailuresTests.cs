using System.Net.Sockets;
using FaceAttendance.Infrastructure.Database;
using NUnit.Framework;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Database;

internal sealed class DatabaseFailuresTests
{
    [TestCase("57P01", ExpectedResult = true, TestName = "IsUnavailable_AdminShutdown")]
    [TestCase("57P02", ExpectedResult = true, TestName = "IsUnavailable_CrashShutdown")]
    [TestCase("57P03", ExpectedResult = true, TestName = "IsUnavailable_StartingUp")]
    [TestCase("53300", ExpectedResult = true, TestName = "IsUnavailable_TooManyConnections")]
    [TestCase("53100", ExpectedResult = true, TestName = "IsUnavailable_DiskFull")]
    [TestCase("53200", ExpectedResult = true, TestName = "IsUnavailable_OutOfMemory")]
    [TestCase("08006", ExpectedResult = true, TestName = "IsUnavailable_ConnectionFailure")]
    [TestCase("23505", ExpectedResult = false, TestName = "IsUnavailable_UniqueViolation")]
    [TestCase("40P01", ExpectedResult = false, TestName = "IsUnavailable_Deadlock")]
    [TestCase("42P01", ExpectedResult = false, TestName = "IsUnavailable_NoSuchTable")]
    [TestCase("28P01", ExpectedResult = false, TestName = "IsUnavailable_WrongPassword")]
    public bool IsUnavailable_OfState(string state) =>
        DatabaseFailures.IsUnavailable(new PostgresException("message", "FATAL", "FATAL", state));

    [Test]
    public void IsUnavailable_BrokenOrRefusedOrTimedOut_IsTrueHoweverDeep()
    {
        foreach (var cause in new Exception[]
        {
            new SocketException((int)SocketError.ConnectionRefused), new EndOfStreamException(), new TimeoutException(),
        })
        {
            var failure = new NpgsqlException("failed", cause);
            Assert.That(DatabaseFailures.IsUnavailable(failure), Is.True, cause.GetType().Name);
            Assert.That(DatabaseFailures.IsUnavailable(new InvalidOperationException("wrapped", failure)), Is.True);
            Assert.That(DatabaseFailures.IsUnavailable(new AggregateException(new FormatException(), failure)), Is.True);
        }
    }

    [Test]
    public void IsUnavailable_FailureOfSomethingElse_IsFalse()
    {
        Assert.That(DatabaseFailures.IsUnavailable(new SocketException((int)SocketError.ConnectionRefused)), Is.False,
            "a webhook's socket is not the database's");
        Assert.That(DatabaseFailures.IsUnavailable(new TimeoutException()), Is.False);
        Assert.That(DatabaseFailures.IsUnavailable(new NpgsqlException("a bug")), Is.False);
    }
}
