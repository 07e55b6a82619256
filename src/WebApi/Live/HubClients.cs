using Microsoft.AspNetCore.SignalR;

namespace FaceAttendance.WebApi.Live;

/// <summary>What the server calls at a listener of /hubs/recognitions, each with the plain socket's JSON object
/// (docs/sockets.md).</summary>
internal interface IRecognitionsClient
{
    [HubMethodName("recognized")]
    Task Recognized(WrittenJson message, CancellationToken ct);

    [HubMethodName("student.enrolled")]
    Task StudentEnrolled(WrittenJson message, CancellationToken ct);

    [HubMethodName("notice.raised")]
    Task NoticeRaised(WrittenJson message, CancellationToken ct);

    [HubMethodName("notice.acknowledged")]
    Task NoticeAcknowledged(WrittenJson message, CancellationToken ct);

    [HubMethodName("notice.resolved")]
    Task NoticeResolved(WrittenJson message, CancellationToken ct);
}

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
