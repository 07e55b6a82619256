using System.Globalization;
using FaceAttendance.Benchmarks;

switch (args)
{
    case ["speed", var faces, .. var rest]:
        return Speed.Run(faces, rest is [var profile] ? profile : "standard");
    case ["cameras", var faces]:
        return await Cameras.RunAsync(faces);
    case ["liveness", var faces, .. var profiles]:
        return await Liveness.RunAsync(faces, profiles.Length > 0 ? profiles : ["standard", "starter"]);
    case ["server", var maintenance, var server, var faces]:
        return await ServerStart.RunAsync(maintenance, server, faces);
    case ["search", var faces, var python, var script]:
        return Search.Run(faces, python, script);
    case ["gallery", var maintenance, var server, .. var rest]:
        return await GalleryStart.RunAsync(
            maintenance, server, rest is [var students] ? int.Parse(students, CultureInfo.InvariantCulture) : 1_000_000);
    case ["liveness-load", var maintenance, var server, var faces]:
        return await LivenessLoad.RunAsync(maintenance, server, faces);
    case ["enrolment", var maintenance, var server, var faces]:
        return await EnrolmentLoad.RunAsync(maintenance, server, faces);
    case ["presence", var maintenance]:
        return await PresenceCheck.RunAsync(maintenance);
    case ["overload", var maintenance, var server, var faces]:
        return await Overload.RunAsync(maintenance, server, faces);
    case ["soak", var maintenance, var server, var faces, var minutes]:
        return await Soak.RunAsync(maintenance, server, faces, int.Parse(minutes, CultureInfo.InvariantCulture));
    case ["console", var maintenance, var server, .. var rest]:
        return await ConsoleLists.RunAsync(maintenance, server, keep: rest is ["keep"]);
    case ["notify", var maintenance]:
        return await NotifyLoad.RunAsync(maintenance);
    case ["tables", var maintenance, var server, var millions]:
        return await LargeTables.RunAsync(maintenance, server, int.Parse(millions, CultureInfo.InvariantCulture));
    case ["morning", var root, var seed, var price]:
        return await Morning.RunAsync(
            root, int.Parse(seed, CultureInfo.InvariantCulture), double.Parse(price, CultureInfo.InvariantCulture));
    case ["frame", var faces, var counts]:
        return WholeFrames.Run(faces, counts);
    case ["detector", var faces, var counts, .. var rest]:
        return DetectorRecall.Run(faces, counts, rest is [var detectors] ? detectors : "standard");
    default:
        Console.Error.WriteLine(
            "usage: speed <faces> [profile] | cameras <faces> | liveness <faces> [profile…] | " +
            "search <faces> <python> <faiss-flat.py> | " +
            "server <connection string> <WebApi.dll> <faces> | gallery <connection string> <WebApi.dll> [students] | " +
            "liveness-load <connection string> <WebApi.dll> <faces> | enrolment <connection string> <WebApi.dll> <faces> | presence " +
            "<connection string> | overload <connection string> <WebApi.dll> <faces> | " +
            "soak <connection string> <WebApi.dll> <faces> <minutes> | console <connection string> <WebApi.dll> [keep] | " +
            "notify <connection string> | tables <connection string> <WebApi.dll> <millions> | morning <project> <seed> <price> | " +
            "detector <faces> <counts.csv> [profile] | frame <faces> <counts.csv>");
        return 2;
}
