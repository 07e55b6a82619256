using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using FaceAttendance.Application.Recognition;
using NUnit.Framework;

namespace FaceAttendance.Architecture.Tests;

/// <summary>Who may know whom within Infrastructure, how wide its ports are, and what WebApi knows of it.</summary>
public sealed partial class RoomTests
{
    // What several capabilities stand on. Each may know those before it.
    private static readonly string[] Foundations = ["Imaging", "Inference", "Database", "Secrets", "Gallery", "Events"];

    // They look into every room: what erases a student must reach all that is kept of them, and what starts
    // the server prepares all of it.
    private static readonly string[] Overseers = ["Privacy", "Operations"];

    // A check-in is decided in one transaction with the place where it is made.
    private static readonly (string From, string To)[] Agreed = [("Attendance", "Presence"), ("Operations", "Privacy")];

    // What WebApi composes the server of, and the codec of what is shown as it is stored. Everything else goes through the ports of
    // Application.
    private static readonly string[] KnownToWebApi =
    [
        "ApiKeyCache", "ApiKeyGrant", "AttendanceFeed", "BackupOptions", "BroadcastOptions", "DatabaseFailures", "DatabaseReading",
        "DatabaseStartupException", "DispatchReportJsonConverter", "EvidenceCodec", "Finding", "FindingState", "GalleryOptions",
        "GalleryReading", "InfrastructureServices", "LiveMessage", "LiveMetrics", "LiveSubscription", "LostToKeys", "OperatorAccess",
        "OperatorSecrets", "OutboxReading", "ServerExamination", "ServerState", "UserTokens", "WebhookOptions",
    ];

    [Test]
    public void Rooms_KnowFoundationsAloneAndNoOtherCapability() =>
        Assert.That(SourceFiles.Of("src/Infrastructure").SelectMany(Offences), Is.Empty);

    [TestCase("src/Infrastructure/Students/Specimen.cs", "using FaceAttendance.Infrastructure.Presence;")]
    [TestCase("src/Infrastructure/Secrets/Specimen.cs", "using FaceAttendance.Infrastructure.Events;")]
    [TestCase("src/Infrastructure/Access/Specimen.cs", "using FaceAttendance.Infrastructure.Privacy;")]
    [TestCase("src/Infrastructure/Students/Specimen.cs", "private readonly Presence.SiteStore _sites;")]
    [TestCase("src/Infrastructure/Students/Specimen.cs", "private readonly Infrastructure.Presence.SiteStore _sites;")]
    public void Rooms_Specimen_IsReported(string path, string text) => Assert.That(Offences((path, text)), Is.Not.Empty);

    [Test]
    public void Ports_HaveAtMostFiveMethods() =>
        Assert.That(Wide(typeof(IFaceAnalyzer).Assembly.GetTypes().Where(t => t.IsInterface)), Is.Empty);

    [Test]
    public void Ports_Specimen_IsReported() => Assert.That(Wide([typeof(IWide)]), Is.Not.Empty);

    [Test]
    public void WebApi_KnowsNamedTypesOfInfrastructureAlone() =>
        Assert.That(TypesOf(typeof(WebApi.Program).Assembly, "FaceAttendance.Infrastructure").Except(KnownToWebApi), Is.Empty);

    [Test]
    public void WebApi_Specimen_IsReported() =>
        Assert.That(TypesOf(typeof(WebApi.Program).Assembly, "FaceAttendance.Application").Except(KnownToWebApi), Is.Not.Empty);

    [Test]
    public void Tests_LieWhereTheirSourceLies() => Assert.That(
        SourceFiles.Of("tests").Where(f => f.Path.EndsWith("Tests.cs", StringComparison.Ordinal)).SelectMany(f => Strays(f.Path)),
        Is.Empty);

    [Test]
    public void Tests_Specimen_IsReported() => Assert.That(Strays("tests/Domain/Nowhere/SpecimenTests.cs"), Is.Not.Empty);

    private static IEnumerable<string> Offences((string Path, string Text) file)
    {
        if (file.Path.Split('/') is not [_, _, var room, _, ..]) yield break;
        var named = QualifiedType().Matches(file.Text)
            .Where(m => File.Exists(Path.Combine(
                SourceFiles.Root, "src/Infrastructure", m.Groups["room"].Value, m.Groups["type"].Value + ".cs")));
        foreach (var other in UsedRoom().Matches(file.Text).Concat(named).Select(m => m.Groups["room"].Value).Distinct())
        {
            if (other == room || Agreed.Contains((room, other))) continue;
            var floor = Array.IndexOf(Foundations, room);
            var isFoundation = Foundations.Contains(other) && (floor < 0 || Array.IndexOf(Foundations, other) < floor);
            if (isFoundation || (Overseers.Contains(room) && !Overseers.Contains(other))) continue;
            yield return $"{file.Path} knows {other}";
        }
    }

    private static IEnumerable<string> Wide(IEnumerable<Type> interfaces) => interfaces
        .Where(t => t.GetMethods().Count(m => !m.IsSpecialName && m.IsAbstract) > 5).Select(t => t.Name);

    private static IEnumerable<string> TypesOf(Assembly user, string used)
    {
        using var file = new PEReader(File.OpenRead(user.Location));
        var metadata = file.GetMetadataReader();
        return
        [
            .. metadata.TypeReferences.Select(metadata.GetTypeReference).Where(type => IsOf(type))
                .Select(type => metadata.GetString(type.Name))
                .Distinct(),
        ];

        bool IsOf(TypeReference type) => type.ResolutionScope.Kind switch
        {
            HandleKind.AssemblyReference =>
                metadata.GetString(metadata.GetAssemblyReference((AssemblyReferenceHandle)type.ResolutionScope).Name) == used,
            HandleKind.TypeReference => IsOf(metadata.GetTypeReference((TypeReferenceHandle)type.ResolutionScope)),
            _ => false,
        };
    }

    // A folder of tests is one of the sources; what many rooms share lies at the top.
    private static IEnumerable<string> Strays(string path)
    {
        var parts = path.Split('/');
        if (parts is not [_, var layer, _, ..] || parts.Length == 3 || layer is "Architecture" or "TestKit") yield break;
        var folder = Path.Combine(["src", .. parts[1..^1]]);
        if (!Directory.Exists(Path.Combine(SourceFiles.Root, folder))) yield return $"{path}: there is no {folder}";
    }

    [GeneratedRegex(@"^using (?:static )?FaceAttendance\.Infrastructure\.(?<room>\w+)", RegexOptions.Multiline)]
    private static partial Regex UsedRoom();

    // A type of another room can be named without a using.
    [GeneratedRegex(@"(?<![\w.])(?:(?:FaceAttendance\.)?Infrastructure\.)?(?<room>[A-Z]\w+)\.(?<type>[A-Z]\w+)")]
    private static partial Regex QualifiedType();

    private interface IWide
    {
        void One();

        void Two();

        void Three();

        void Four();

        void Five();

        void Six();
    }
}
