namespace FaceAttendance.WebApi.Live;

/// <summary>What the server calls at a client of /hubs/liveness, each with the plain socket's JSON object (docs/sockets.md).</summary>
internal interface ILivenessClient
{
    /// <summary>It asks something.</summary>
    Task Challenge(WrittenJson message, CancellationToken ct);

    /// <summary>A frame was judged.</summary>
    Task Progress(WrittenJson message, CancellationToken ct);

    /// <summary>The session has ended.</summary>
    Task Verdict(WrittenJson message, CancellationToken ct);
}
