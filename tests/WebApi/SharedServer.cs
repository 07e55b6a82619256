using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests;

/// <summary>
/// One server for the tests that only need one: Ayu and Citra are enrolled, no webhook is configured. What a test stores it stores under
/// ids of its own.
/// </summary>
[SetUpFixture]
internal sealed class SharedServer
{
    private static readonly Lazy<Task<RunningServer>> Server = new(StartAsync);

    public static Task<RunningServer> GetAsync() => Server.Value;

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (Server.IsValueCreated) await (await Server.Value).DisposeAsync();
    }

    private static async Task<RunningServer> StartAsync()
    {
        var server = await RunningServer.StartAsync("EVENT_COOLDOWN_SECONDS=0", "Accounts:WrongPasswordBurst=1000");
        await server.EnrollAsync("ayu", TestKit.DrawnFaces.Portrait(TestKit.DrawnPerson.Ayu));
        await server.EnrollAsync("citra", TestKit.DrawnFaces.Portrait(TestKit.DrawnPerson.Citra));
        var gallery = (await server.Services.GetRequiredService<IGallery>().OpenAsync(SchoolId.First, default)).Value;
        foreach (var student in new[] { "ayu", "citra" }) PersonalData.Withhold(gallery.DirectionOf(new(student))!.Values);
        return server;
    }
}
