using System.Net;
using FaceAttendance.Infrastructure.Access;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>Users' names are a school's own.</summary>
public sealed class SchoolNamesTests
{
    [Test]
    public async Task Names_OfAnotherSchool_AreFreeAndEachLogsInToItsOwn()
    {
        await using var server = await RunningServer.StartAsync("FACE_PROFILE=starter");
        var (key, code) = await server.Services.GetRequiredService<OperatorAccess>().AddSchoolAsync("SMA Negeri 2", CancellationToken.None);
        await server.AddUserAsync("ayu", "operator");

        var taken = await AddAsync(server, key.Reveal(), "ayu", "another horse");
        var own = await server.AddUserAsync("ayu", "operator");
        var first = await TokenAsync(server, """{"username":"ayu","password":"correct horse"}""");
        var second = await TokenAsync(server, $$"""{"username":"Ayu@{{code}}","password":"another horse"}""");
        var bySchool = await TokenAsync(server, $$"""{"username":"ayu","school":"{{code}}","password":"another horse"}""");
        var elsewhere = await TokenAsync(server, """{"username":"ayu","password":"another horse"}""");
        var unknown = await TokenAsync(server, """{"username":"ayu@nowhere","password":"correct horse"}""");

        Assert.That(code, Is.EqualTo("sma-negeri-2"));
        Assert.That(taken.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(own.Json.GetProperty("code").GetString(), Is.EqualTo("account.name_taken"));
        Assert.That(first.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(second.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(bySchool.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(elsewhere.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(unknown.Body, Is.EqualTo(elsewhere.Body));
    }

    [Test]
    public async Task AddSchool_OfTheSameNameOrNone_HasACodeOfItsOwn()
    {
        await using var server = await RunningServer.StartAsync("FACE_PROFILE=starter");
        var access = server.Services.GetRequiredService<OperatorAccess>();

        var codes = new List<string>();
        foreach (var name in new[] { "Sekolah Alam", "sekolah alam!", "学校", "A name that is much longer than any code of a school may be" })
        {
            codes.Add((await access.AddSchoolAsync(name, CancellationToken.None)).Code);
        }

        Assert.That(codes, Is.Unique.And.All.Match("^[a-z0-9-]{1,32}$"));
        Assert.That(codes[0], Is.EqualTo("sekolah-alam"));
    }

    private static Task<Answer> TokenAsync(RunningServer server, string body) => server.PostAsync("/api/token/", RunningServer.Json(body));

    private static async Task<Answer> AddAsync(RunningServer server, string key, string name, string password)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/users")
        {
            Content = RunningServer.Json($$"""{"username":"{{name}}","password":"{{password}}","role":"operator"}"""),
        };
        request.Headers.Add("X-Api-Key", key);
        return await Answer.OfAsync(await server.Http.SendAsync(request));
    }
}
