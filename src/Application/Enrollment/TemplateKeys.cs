using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Enrollment;

/// <summary>How much is encrypted with which key: a school's face templates, and the server's own secrets.</summary>
/// <param name="CurrentKey">The one that encrypts.</param>
public sealed record TemplateKeyState(string CurrentKey, IReadOnlyList<TemplateKeyUse> Keys)
{
    /// <summary>What is not yet under the current key.</summary>
    public long Remaining => Keys.Where(k => k.Id != CurrentKey).Sum(k => k.Rows + k.Secrets);
}

/// <param name="Rows">The school's face templates.</param>
/// <param name="Secrets">The server's own secrets, which are no school's.</param>
/// <param name="IsHere">Whether this server has the key.</param>
public sealed record TemplateKeyUse(string Id, long Rows, long Secrets, bool IsHere);

/// <summary>The keys that biometric data and the server's secrets are encrypted with. Never the keys themselves, only their names.</summary>
public interface ITemplateKeys
{
    Task<TemplateKeyState> GetAsync(SchoolId school, CancellationToken ct);

    /// <summary>Re-encrypts secrets and rows of older keys under the current one, batch by batch, each in its own transaction. May be broken off and repeated.</summary>
    /// <param name="most">About as many; the batch that reaches it is the last.</param>
    /// <returns>How many it re-encrypted; 0 when there is none that it can.</returns>
    Task<int> RotateAsync(SchoolId school, int most, CancellationToken ct);
}

public sealed record GetTemplateKeys(SchoolId School) : IRequest<Result<TemplateKeyState>>;

/// <summary>Re-encrypts a bounded number of rows; to be repeated until none remains.</summary>
public sealed record RotateTemplateKey(SchoolId School) : IRequest<Result<TemplateKeyRotation>>;

public sealed record TemplateKeyRotation(int Rotated, TemplateKeyState State);

internal sealed class TemplateKeysHandler(ITemplateKeys keys) :
    IRequestHandler<GetTemplateKeys, Result<TemplateKeyState>>,
    IRequestHandler<RotateTemplateKey, Result<TemplateKeyRotation>>
{
    // A few seconds' work: a caller sees progress, and none runs into a proxy's time limit.
    private const int RowsPerRequest = 10_000;

    public async Task<Result<TemplateKeyState>> Handle(GetTemplateKeys query, CancellationToken ct) => await keys.GetAsync(query.School, ct);

    public async Task<Result<TemplateKeyRotation>> Handle(RotateTemplateKey command, CancellationToken ct)
    {
        var rotated = await keys.RotateAsync(command.School, RowsPerRequest, ct);
        return new TemplateKeyRotation(rotated, await keys.GetAsync(command.School, ct));
    }
}
