using System.Net;

namespace FaceAttendance.WebApi.Tests.Operations;

/// <summary>A database that answers and takes nothing in.</summary>
public sealed class DatabaseExhaustedTests
{
    [Test]
    public async Task Write_DiskFull_Is503WithRetryAfterAndTheServerIsNotReady()
    {
        await using var server = await RunningServer.StartAsync("FACE_PROFILE=starter");
        await server.Database.ExecuteAsync(
            """
            CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
            END
            $$;
            CREATE TRIGGER full_disk BEFORE INSERT ON students FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full()
            """);
        var before = await server.GetAsync("/health/ready");

        var refused = await server.PostAsync("/students", Form.With(("student_id", "ayu"), ("full_name", "Ayu Lestari")));
        var after = await server.GetAsync("/health/ready");

        Assert.That((before.Status, refused.Status, after.Status),
            Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable)));
        Assert.That(refused.Headers.RetryAfter, Is.Not.Null);
        Assert.That(refused.Body, Does.Not.Contain("No space left"));
        Assert.That(after.Body, Does.Contain("database"));
    }
}
